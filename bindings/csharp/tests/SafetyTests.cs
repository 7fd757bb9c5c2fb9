using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading;
using Xunit;

namespace WombatDb.Tests;

/// <summary>What programs do wrong: an exception of the language, never a crash; and nothing grows.</summary>
public sealed class SafetyTests : TestDatabase
{
    private static void IsDisposed(Action call) => Assert.Throws<ObjectDisposedException>(call);

    [Fact]
    public void UseAfterDispose()
    {
        WombatDatabase db = Open("closed");
        db.Put("k"u8, "v"u8);
        WombatIterator cursor = db.CreateIterator();
        Assert.True(cursor.Next());
        Snapshot snapshot = db.CreateSnapshot();
        WriteBatch batch = new WriteBatch().Put("a"u8, default);
        db.Dispose();
        db.Dispose();
        Assert.True(db.IsDisposed);
        IsDisposed(() => db.TryGet("k"u8, out _));
        IsDisposed(() => db.TryGet("k"u8, new byte[9], out _));
        IsDisposed(() => db.Put("k"u8, default));
        IsDisposed(() => db.Delete("k"u8));
        IsDisposed(() => db.Contains("k"u8));
        IsDisposed(() => db.MultiGet(new[] { Bytes("k") }));
        IsDisposed(() => db.TryView("k"u8, 0, (value, state) => 0, out _));
        IsDisposed(() => db.Write(batch));
        IsDisposed(db.Sync);
        IsDisposed(() => db.CreateIterator());
        IsDisposed(() => db.Scan().Count());
        IsDisposed(() => db.CreateSnapshot());
        IsDisposed(() => db.Flush());
        IsDisposed(() => db.GetStatistics());
        IsDisposed(() => db.GetReport());
        IsDisposed(() => db.GetOption(OptionNames.CacheSize));
        IsDisposed(() => cursor.First());
        Assert.Equal(0, snapshot.Timestamp);
        Assert.Equal(1, batch.Count);
        for (int i = 0; i < 2; ++i)
        {
            cursor.Dispose();
            snapshot.Dispose();
            batch.Dispose();
        }
        IsDisposed(() => cursor.Next());
        IsDisposed(() => cursor.Key.ToArray());
        IsDisposed(() => _ = snapshot.Timestamp);
        IsDisposed(() => batch.Put("a"u8, default));
        IsDisposed(() => _ = batch.Count);
    }

    [Fact]
    public void DisposeWhileOthersWork()
    {
        for (int round = 0; round < 10; ++round)
        {
            WombatDatabase db = Open("race" + round);
            db.Put("shared"u8, "value"u8);
            var unexpected = new ConcurrentQueue<Exception>();
            List<Thread> threads = Enumerable.Range(0, 4).Select(i => new Thread(() =>
            {
                byte[] key = Bytes("key" + i);
                try
                {
                    for (;;)
                    {
                        db.Put(key, key);
                        db.TryGet("shared"u8, out _);
                        foreach (Row row in db.Scan())
                        {
                            _ = row.Key.Length;
                        }
                    }
                }
                catch (ObjectDisposedException)
                {
                }
                catch (Exception exception)
                {
                    unexpected.Enqueue(exception);
                }
            })).ToList();
            threads.ForEach(thread => thread.Start());
            Thread.Sleep(5 + 5 * round);
            db.Dispose();
            threads.ForEach(thread => thread.Join());
            Assert.Empty(unexpected);
        }
    }

    [Fact]
    public void TheParentLivesAsLongAsItsChildren()
    {
        using WombatIterator cursor = ForgetDatabase("forgotten");
        Collect();
        Assert.True(cursor.Next());
        Assert.Equal("v"u8.ToArray(), cursor.Value.ToArray());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WombatIterator ForgetDatabase(string name)
    {
        WombatDatabase db = Open(name);
        db.Put("k"u8, "v"u8);
        return db.CreateIterator();
    }

    [Fact]
    public void WhatIsForgottenIsClosed()
    {
        ForgetEntirely();
        for (int i = 0; i < 500; ++i)
        {
            Collect();
            try
            {
                Open("forgotten").Dispose();
                return;
            }
            catch (WombatException exception) when (exception.Status == WombatStatus.Locked)
            {
                Thread.Sleep(10);
            }
        }
        Assert.Fail("the forgotten database is still open");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ForgetEntirely() => Open("forgotten").Put("k"u8, "v"u8);

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [Fact]
    public void ArraysThatChangeDuringACall()
    {
        byte[] key = Bytes("key of a dozen");
        byte[] value = new byte[1000];
        bool isOver = false;
        var writer = new Thread(() =>
        {
            for (int i = 0; !Volatile.Read(ref isOver); ++i)
            {
                key[i % key.Length] = (byte)i;
                value[i % value.Length] = (byte)i;
            }
        });
        writer.Start();
        for (int i = 0; i < 5000; ++i)
        {
            Db.Put(key, value);
            Db.TryGet(key, value, out _);
            Db.MultiGet(new[] { key, key });
        }
        Volatile.Write(ref isOver, true);
        writer.Join();
        Db.Flush();
        Db.Verify();
    }

    /// <summary>
    /// Threads call anything on anything, open or closed, theirs or another's, while databases are closed and opened: each call
    /// works or throws what its documentation says.
    /// </summary>
    [Fact]
    public void AnythingOnAnything() => new Abuse(this, NumberFrom("WOMBAT_TEST_CALLS", 20_000)).Run(Seed());

    private sealed class Abuse
    {
        private const int ObjectCount = 6; // few, so that threads meet

        private readonly SafetyTests _tests;
        private readonly IDisposable?[] _objects = new IDisposable?[ObjectCount];
        private readonly ConcurrentQueue<Exception> _unexpected = new();
        private WombatDatabase _db;
        private int _left;

        internal Abuse(SafetyTests tests, int calls)
        {
            _tests = tests;
            _left = calls;
            _db = tests.Open("abused");
        }

        internal void Run(int seed)
        {
            List<Thread> threads = Enumerable.Range(0, 4).Select(i => new Thread(() => Work(new Random(seed + i)))).ToList();
            threads.ForEach(thread => thread.Start());
            threads.ForEach(thread => thread.Join());
            Assert.Empty(_unexpected);
            foreach (IDisposable? one in _objects)
            {
                one?.Dispose();
            }
            _db.Dispose();
            using WombatDatabase db = _tests.Open("abused");
            db.Verify();
        }

        private void Work(Random random)
        {
            while (Interlocked.Decrement(ref _left) >= 0 && _unexpected.IsEmpty)
            {
                try
                {
                    Call(random);
                }
                catch (ObjectDisposedException)
                {
                }
                catch (InvalidOperationException)
                {
                    // In use by another thread, or not on a row.
                }
                catch (ArgumentException)
                {
                    // A row seen through a cursor that another thread moves.
                }
                catch (IndexOutOfRangeException)
                {
                }
                catch (WombatException exception) when (exception.Status is WombatStatus.InvalidArgument or WombatStatus.TooLarge
                    or WombatStatus.Locked)
                {
                }
                catch (Exception exception)
                {
                    _unexpected.Enqueue(exception);
                }
            }
        }

        private void Call(Random random)
        {
            WombatDatabase db = Volatile.Read(ref _db);
            byte[] key = Bytes("key" + random.Next(300));
            switch (random.Next(22))
            {
                case 0 or 1 or 2:
                    db.Put(key, new byte[random.Next(2000)]);
                    break;
                case 3:
                    db.Put(new byte[random.Next(70_000)], key);
                    break;
                case 4:
                    db.Delete(key);
                    break;
                case 5 or 6:
                    db.TryGet(key, out _);
                    break;
                case 7:
                    db.TryGet(key, new byte[random.Next(2000)], out _);
                    break;
                case 8:
                    db.MultiGet(new[] { key, key });
                    break;
                case 9:
                    db.TryView(key, 0, (value, state) => value.ToArray(), out _);
                    break;
                case 10:
                    Keep(db.CreateIterator(), random);
                    break;
                case 11:
                    Keep(db.CreateSnapshot(), random);
                    break;
                case 12:
                    Keep(new WriteBatch(), random);
                    break;
                case 13:
                    db.GetStatistics();
                    break;
                case 14:
                    db.Flush();
                    break;
                case 15:
                    Volatile.Read(ref _objects[random.Next(ObjectCount)])?.Dispose();
                    break;
                case 16:
                    Reopen(db, random);
                    break;
                default:
                    Use(Volatile.Read(ref _objects[random.Next(ObjectCount)]), db, key, random);
                    break;
            }
        }

        private void Use(IDisposable? one, WombatDatabase db, byte[] key, Random random)
        {
            switch (one)
            {
                case WombatIterator rows:
                    bool isFound = random.Next(6) switch
                    {
                        0 => rows.First(),
                        1 => rows.Last(),
                        2 => rows.Seek(key),
                        3 => rows.SeekForPrev(key),
                        4 => rows.Next(),
                        _ => rows.Prev(),
                    };
                    for (int i = 0; i < 200 && isFound; ++i)
                    {
                        rows.Key.ToArray();
                        rows.Value.ToArray();
                        isFound = rows.Next();
                    }
                    break;
                case Snapshot snapshot:
                    db.TryGet(key, out _, new ReadOptions { Snapshot = snapshot });
                    Keep(db.CreateIterator(new IteratorOptions { Snapshot = snapshot }), random);
                    break;
                case WriteBatch batch when random.Next(3) == 0:
                    db.Write(batch);
                    batch.Clear();
                    break;
                case WriteBatch batch:
                    batch.Put(key, new byte[random.Next(5000)]).Delete(key);
                    break;
            }
        }

        /// <summary>Puts an object where all threads find it. What was there is disposed, or left to the collector.</summary>
        private void Keep(IDisposable one, Random random)
        {
            IDisposable? before = Interlocked.Exchange(ref _objects[random.Next(ObjectCount)], one);
            if (random.Next(4) != 0)
            {
                before?.Dispose();
            }
        }

        private void Reopen(WombatDatabase db, Random random)
        {
            if (random.Next(10) != 0)
            {
                return;
            }
            db.Dispose();
            lock (_objects)
            {
                if (Volatile.Read(ref _db).IsDisposed)
                {
                    Volatile.Write(ref _db, _tests.Open("abused"));
                }
            }
        }
    }
}
