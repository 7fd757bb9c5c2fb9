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
        db.CreateKeyspace("other");
        WombatDatabase keyspace = db.OpenKeyspace("other");
        WombatTransaction txn = db.BeginTransaction();
        txn.Put("t"u8, default);
        WombatIterator seen = txn.CreateIterator();
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
        IsDisposed(() => db.DeleteRange(null, null));
        IsDisposed(() => db.Merge(MergeOperators.Append, "k"u8, default));
        IsDisposed(() => db.PutIfAbsent("k"u8, default));
        IsDisposed(() => db.TryGetPart("k"u8, 0, new byte[9], out _, out _));
        IsDisposed(() => db.Reclaim(0));
        IsDisposed(() => db.Ingest(new[] { "file" }));
        IsDisposed(() => db.CompareAndSet("k"u8, null, null));
        IsDisposed(() => db.FetchAdd("k"u8, 1));
        IsDisposed(() => _ = db.CommitTimestamp);
        IsDisposed(() => db.CreateKeyspace("more"));
        IsDisposed(() => db.CreateKeyspace("more", new WombatOptions()));
        IsDisposed(() => db.OpenKeyspace("other"));
        IsDisposed(() => db.GetKeyspaces());
        IsDisposed(() => db.RenameKeyspace("other", "more"));
        IsDisposed(() => db.DropKeyspace("other"));
        IsDisposed(() => db.BeginTransaction());
        IsDisposed(() => db.RunInTransaction(_ => 0));
        IsDisposed(() => db.GetPreparedTransactions());
        IsDisposed(() => db.CommitPrepared("p"));
        IsDisposed(() => db.RollbackPrepared("p"));
        IsDisposed(() => keyspace.TryGet("k"u8, out _));
        IsDisposed(() => keyspace.Put("k"u8, default));
        IsDisposed(() => batch.UseKeyspace(keyspace));
        IsDisposed(() => cursor.First());
        TransactionIsDisposed(txn);
        IsDisposed(() => seen.First());
        Assert.Equal(0, snapshot.Timestamp);
        Assert.Equal(1, batch.Count);
        for (int i = 0; i < 2; ++i)
        {
            txn.Dispose();
            seen.Dispose();
            keyspace.Dispose();
            cursor.Dispose();
            snapshot.Dispose();
            batch.Dispose();
        }
        TransactionIsDisposed(txn);
        IsDisposed(() => batch.Merge(MergeOperators.Append, "k"u8, default));
        IsDisposed(() => batch.UseKeyspace(null));
        IsDisposed(() => cursor.Next());
        IsDisposed(() => cursor.Key.ToArray());
        IsDisposed(() => _ = snapshot.Timestamp);
        IsDisposed(() => batch.Put("a"u8, default));
        IsDisposed(() => _ = batch.Count);
    }

    private static void TransactionIsDisposed(WombatTransaction txn)
    {
        IsDisposed(() => txn.TryGet("k"u8, out _));
        IsDisposed(() => txn.TryGetForUpdate("k"u8, new byte[9], out _));
        IsDisposed(() => txn.Contains("k"u8));
        IsDisposed(() => txn.MultiGet(new[] { Bytes("k") }));
        IsDisposed(() => txn.CreateIterator());
        IsDisposed(() => txn.Scan().Count());
        IsDisposed(() => txn.Put("k"u8, default));
        IsDisposed(() => txn.Delete("k"u8));
        IsDisposed(() => txn.DeleteRange(null, null));
        IsDisposed(() => txn.Merge(MergeOperators.Append, "k"u8, default));
        IsDisposed(txn.SetSavepoint);
        IsDisposed(() => txn.RollbackToSavepoint());
        IsDisposed(() => txn.ReleaseSavepoint());
        IsDisposed(() => txn.Commit());
        IsDisposed(txn.Rollback);
        IsDisposed(() => txn.Prepare("p"));
    }

    /// <summary>A call that waits for a lock stays inside its transaction: a second thread is turned away.</summary>
    [Fact]
    public void TwoThreadsInOneTransaction()
    {
        var options = new TransactionOptions { Pessimistic = true, LockTimeout = TimeSpan.FromMinutes(1) };
        using WombatTransaction holder = Db.BeginTransaction(options);
        holder.Put("k"u8, "1"u8);
        using WombatTransaction shared = Db.BeginTransaction(options);
        using WombatIterator rows = shared.CreateIterator();
        Exception? unexpected = null;
        var waiter = new Thread(() => unexpected = Record.Exception(() => shared.Put("k"u8, "2"u8)));
        waiter.Start();
        WombatException? inUse = null;
        for (int i = 0; i < 5000 && inUse == null; ++i)
        {
            Thread.Sleep(1);
            inUse = Record.Exception(() => shared.TryGet("x"u8, out _)) as WombatException;
        }
        Assert.Equal(WombatStatus.InUse, inUse?.Status);
        Assert.Equal(WombatStatus.InUse, Assert.Throws<WombatException>(() => shared.Commit()).Status);
        Assert.Equal(WombatStatus.InUse, Assert.Throws<WombatException>(() => rows.Next()).Status);
        holder.Rollback();
        waiter.Join();
        Assert.Null(unexpected);
        Assert.True(shared.Commit() > 0);
    }

    [Fact]
    public void DisposedWhileACallIsInside()
    {
        var options = new TransactionOptions { Pessimistic = true, LockTimeout = TimeSpan.FromMilliseconds(300) };
        using WombatTransaction holder = Db.BeginTransaction(options);
        holder.Put("k"u8, "1"u8);
        WombatTransaction shared = Db.BeginTransaction(options);
        shared.Put("mine"u8, default);
        Exception? thrown = null;
        var waiter = new Thread(() => thrown = Record.Exception(() => shared.Put("k"u8, "2"u8)));
        waiter.Start();
        Thread.Sleep(50);
        shared.Dispose();
        waiter.Join();
        Assert.True(thrown is WombatException { Status: WombatStatus.TimedOut } or ObjectDisposedException, thrown?.ToString());
        using WombatTransaction later = Db.BeginTransaction(options);
        later.Put("mine"u8, "3"u8);
        later.Commit();
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
    public void AKeyspaceKeepsItsDatabaseOpen()
    {
        using WombatDatabase keyspace = ForgetParent("forgotten", db => db.OpenKeyspace("default"));
        Collect();
        Assert.True(keyspace.TryGet("k"u8, out _));
    }

    [Fact]
    public void ATransactionKeepsItsDatabaseOpen()
    {
        using WombatTransaction txn = ForgetParent("forgotten", db => db.BeginTransaction());
        Collect();
        txn.Put("l"u8, "v"u8);
        Assert.True(txn.Commit() > 0);
    }

    [Fact]
    public void ACursorKeepsItsTransactionAndDatabaseOpen()
    {
        using WombatIterator rows = ForgetParent("forgotten", db => db.OpenKeyspace("default").BeginTransaction().CreateIterator());
        Collect();
        Assert.True(rows.Next());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private T ForgetParent<T>(string name, Func<WombatDatabase, T> make)
    {
        WombatDatabase db = Open(name);
        db.Put("k"u8, "v"u8);
        return make(db);
    }

    [Fact]
    public void AForgottenTransactionLetsGoOfItsLocks()
    {
        ForgetTransaction();
        for (int i = 0; i < 500; ++i)
        {
            Collect();
            using WombatTransaction txn =
                Db.BeginTransaction(new TransactionOptions { Pessimistic = true, LockTimeout = TimeSpan.FromMilliseconds(10) });
            try
            {
                txn.Put("k"u8, "2"u8);
                txn.Commit();
                return;
            }
            catch (WombatException exception) when (exception.Status == WombatStatus.TimedOut)
            {
            }
        }
        Assert.Fail("the forgotten transaction still holds its lock");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ForgetTransaction() =>
        Db.BeginTransaction(new TransactionOptions { Pessimistic = true, Timeout = Timeout.InfiniteTimeSpan }).Put("k"u8, "1"u8);

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
}
