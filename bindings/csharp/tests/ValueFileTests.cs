using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Values in value files: parts of them, cursors that leave them there, and space that comes back.</summary>
public sealed class ValueFileTests : TestDatabase
{
    private static readonly int[] Sizes = { 0, 5, 99, 100, 101, 3000, 20, 70_000 };

    private WombatDatabase OpenWithValueFiles(string name = "values", string more = "") =>
        Open(name, options => options.Parse("value_log.threshold=100; value_log.file_size=64KiB; " + more));

    private static byte[] Patterned(int seed, int size)
    {
        byte[] value = new byte[size];
        new Random(seed).NextBytes(value);
        return value;
    }

    private static byte[] KeyOf(int i) => Bytes($"key {i:0000}");

    private static byte[][] LazyRows(WombatDatabase db, int count = 600)
    {
        byte[][] values = Enumerable.Range(0, count).Select(i => Patterned(i, Sizes[i * i % Sizes.Length])).ToArray();
        for (int i = 0; i < count; ++i)
        {
            db.Put(KeyOf(i), values[i]);
        }
        return values;
    }

    [Fact]
    public void Parts()
    {
        using WombatDatabase db = OpenWithValueFiles();
        byte[] key = Bytes("k");
        foreach (int size in new[] { 0, 1, 99, 100, 65536, 65537, 300_001 })
        {
            byte[] value = Patterned(size, size);
            db.Put(key, value);
            foreach (int offset in new[] { 0, 1, 98, 65535, 65536, 300_000, 300_001, 300_002 })
            {
                foreach (int capacity in new[] { 0, 1, 100, 70_000 })
                {
                    byte[] buffer = new byte[capacity];
                    Assert.True(db.TryGetPart(key, offset, buffer, out int count, out long whole));
                    Assert.Equal(size, whole);
                    Assert.True(value.Skip(offset).Take(capacity).SequenceEqual(buffer.Take(count)), $"{size} {offset} {capacity}");
                }
            }
        }
        byte[] room = new byte[50];
        AllocatesNothing(() => db.TryGetPart(key, 100, room, out _, out _));
        Assert.True(db.TryGetPart(key, long.MaxValue, room, out int none, out _));
        Assert.Equal(0, none);
        using (Snapshot snapshot = db.CreateSnapshot())
        {
            db.Put(key, "new"u8);
            Assert.True(db.TryGetPart(key, 1, room, out int count, out long whole));
            Assert.Equal((2, 3), (count, whole));
            Assert.True(db.TryGetPart(key, 1, room, out count, out whole, new ReadOptions { Snapshot = snapshot }));
            Assert.Equal((50, 300_001), (count, whole));
        }
        Assert.False(db.TryGetPart("none"u8, 0, room, out none, out long nothing));
        Assert.Equal((0, 0), (none, nothing));
        Fails(WombatStatus.InvalidArgument, () => db.TryGetPart(key, -1, room, out _, out _));
        db.Dispose();
        Assert.Throws<ObjectDisposedException>(() => db.TryGetPart(key, 0, room, out _, out _));
    }

    private static void CheckRow(WombatIterator rows, int at, byte[][] values, bool isLazy)
    {
        Assert.Equal(KeyOf(at), rows.Key.ToArray());
        Assert.Equal(values[at].Length, rows.ValueSize);
        bool isLeft = isLazy && values[at].Length >= 100;
        Assert.Equal(!isLeft, rows.HasValue);
        Assert.True(rows.Value.SequenceEqual(isLeft ? default : values[at]));
    }

    [Fact]
    public void LazyValues()
    {
        var random = new Random(Seed());
        using WombatDatabase db = OpenWithValueFiles();
        byte[][] values = LazyRows(db);
        using WombatTransaction txn = db.BeginTransaction();
        for (int kind = 0; kind < 8; ++kind)
        {
            if (kind == 4)
            {
                db.Flush();
            }
            var options = new IteratorOptions { LazyValues = kind % 2 == 0 };
            using WombatIterator rows = kind % 4 < 2 ? db.CreateIterator(options) : txn.CreateIterator(options);
            for (int i = 0; i < values.Length; ++i)
            {
                Assert.True(rows.Next());
                CheckRow(rows, i, values, options.LazyValues);
            }
            Assert.False(rows.Next());
            for (int i = values.Length; i-- > 0;)
            {
                Assert.True(rows.Prev());
                CheckRow(rows, i, values, options.LazyValues);
            }
            Assert.False(rows.Prev());
            Walk(rows, values, options.LazyValues, random);
        }
        Assert.Equal(values, db.Scan(new IteratorOptions { LazyValues = true }).Select(row => row.Value));
    }

    private static void Walk(WombatIterator rows, byte[][] values, bool isLazy, Random random)
    {
        int at = -1;
        for (int step = 0; step < 2000; ++step)
        {
            switch (random.Next(6))
            {
                case 0:
                    at = random.Next(values.Length);
                    Assert.True(rows.Seek(KeyOf(at)));
                    break;
                case 1 or 2 or 3:
                    at = Math.Min(at + 1, values.Length);
                    rows.Next();
                    break;
                default:
                    at = Math.Max(at - 1, -1);
                    rows.Prev();
                    break;
            }
            Assert.Equal(at >= 0 && at < values.Length, rows.IsValid);
            if (!rows.IsValid)
            {
                Assert.Throws<InvalidOperationException>(() => rows.TryReadValue(out _));
                continue;
            }
            CheckRow(rows, at, values, isLazy);
            if (random.Next(3) == 0)
            {
                Assert.True(rows.TryReadValue(out byte[]? value));
                Assert.Equal(values[at], value);
            }
            if (random.Next(10) == 0)
            {
                Assert.True(rows.TryGetExpiry(out DateTimeOffset? expiry));
                Assert.Null(expiry);
            }
            CheckRow(rows, at, values, isLazy);
        }
    }

    [Fact]
    public void LazyValuesIntoBuffers()
    {
        using WombatDatabase db = OpenWithValueFiles();
        byte[] value = Patterned(1, 5000);
        db.Put("k"u8, value);
        using WombatIterator rows = db.CreateIterator(new IteratorOptions { LazyValues = true });
        Assert.True(rows.Next());
        foreach (int capacity in new[] { 0, 4999, 5000, 9000 })
        {
            byte[] buffer = new byte[capacity];
            Assert.True(rows.TryReadValue(buffer, out int size));
            Assert.Equal(5000, size);
            Assert.Equal(capacity < 5000 ? new byte[capacity] : value, buffer.Take(5000));
        }
        byte[] room = new byte[5000];
        AllocatesNothing(() => rows.TryReadValue(room, out _));
        using WombatIterator keys = db.CreateIterator(new IteratorOptions { LazyValues = true, KeysOnly = true });
        Assert.True(keys.Next());
        Assert.False(keys.HasValue);
        Assert.Equal(0, keys.ValueSize);
        Assert.True(keys.TryReadValue(out byte[]? read));
        Assert.Equal(value, read);
        db.Dispose();
        Assert.Throws<ObjectDisposedException>(() => rows.TryReadValue(out _));
        keys.Dispose();
        Assert.Throws<ObjectDisposedException>(() => keys.TryReadValue(room, out _));
        Assert.Throws<ObjectDisposedException>(() => keys.HasValue);
    }

    [Fact]
    public void ALazyValueThatIsDamaged()
    {
        using WombatDatabase db = OpenWithValueFiles();
        byte[] value = Patterned(1, 500);
        db.Put("a"u8, value);
        db.Put("b"u8, "short"u8);
        using WombatIterator rows = db.CreateIterator(new IteratorOptions { LazyValues = true });
        Assert.True(rows.Next());
        foreach (string file in Directory.GetFiles(db.Path, "*.values"))
        {
            byte[] bytes = File.ReadAllBytes(file);
            int at = bytes.AsSpan().IndexOf(value);
            if (at >= 0)
            {
                bytes[at + 7] ^= 1;
                File.WriteAllBytes(file, bytes);
            }
        }
        for (int i = 0; i < 2; ++i)
        {
            WombatException failure = Fails(WombatStatus.Corruption, () => rows.TryReadValue(out _));
            Assert.Contains(".values", failure.Message);
            Assert.Equal("a", Text(rows.Key));
        }
        Assert.True(rows.Next());
        Assert.Equal("short", Text(rows.Value));
    }

    [Fact]
    public void ExpiryOfTheLastRow()
    {
        Put("a", "1");
        Put("b", "2");
        using WombatIterator rows = Db.CreateIterator();
        foreach (Func<bool> move in new Func<bool>[] { () => rows.Seek("b"u8), rows.Last, rows.First, rows.Next })
        {
            Assert.True(move());
            Assert.True(rows.TryGetExpiry(out DateTimeOffset? expiry));
            Assert.Null(expiry);
        }
        Assert.False(rows.Next());
    }

    private static void MakeGarbage(WombatDatabase db)
    {
        for (int turn = 0; turn < 2; ++turn)
        {
            for (int i = 0; i < 200; i += 1 + turn) // half of each file dies
            {
                db.Put(KeyOf(i), Patterned(turn, 3000));
            }
            db.Flush();
        }
        db.CompactRange(null, null);
    }

    [Fact]
    public async Task Reclaim()
    {
        using WombatDatabase db = OpenWithValueFiles(more: "value_log.reclaim_ratio=0");
        MakeGarbage(db);
        long before = db.GetPropertyInt64("value_log.bytes");
        int reports = 0;
        db.Reclaim(0, new TaskOptions { Progress = _ => ++reports });
        db.WaitForBackgroundWork();
        Assert.InRange(db.GetPropertyInt64("value_log.bytes"), 1, before * 4 / 5);
        Assert.True(reports > 0);
        MakeGarbage(db);
        var thrown = new InvalidDataException();
        Assert.Same(thrown, Assert.Throws<InvalidDataException>(
            () => db.Reclaim(0, new TaskOptions { Progress = _ => throw thrown })));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => db.ReclaimAsync(0, new CancellationToken(true)));
        await db.ReclaimAsync(10);
        Fails(WombatStatus.InvalidArgument, () => db.Reclaim(-1));
        Fails(WombatStatus.InvalidArgument, () => db.Reclaim(101));
        MakeGarbage(db);
        db.PauseCompaction();
        Fails(WombatStatus.Busy, () => db.Reclaim(0));
        db.ResumeCompaction();
        db.Dispose();
        Assert.Throws<ObjectDisposedException>(() => db.Reclaim(0));
    }

    [Fact]
    public void DisposeWhileValuesAreRead()
    {
        for (int round = 0; round < 10; ++round)
        {
            WombatDatabase db = OpenWithValueFiles("round" + round);
            LazyRows(db, 200);
            var unexpected = new List<Exception>();
            var threads = Enumerable.Range(0, 3).Select(_ => new Thread(() => ReadUntilClosed(db, unexpected))).ToList();
            threads.ForEach(thread => thread.Start());
            Thread.Sleep(5 + 5 * round);
            db.Dispose();
            threads.ForEach(thread => thread.Join());
            Assert.Empty(unexpected);
        }
    }

    private static void ReadUntilClosed(WombatDatabase db, List<Exception> unexpected)
    {
        byte[] room = new byte[100];
        while (!db.IsDisposed)
        {
            try
            {
                using WombatIterator rows = db.CreateIterator(new IteratorOptions { LazyValues = true });
                using var closer = new Timer(_ => rows.Dispose(), null, 1, Timeout.Infinite);
                while (rows.Next())
                {
                    rows.TryReadValue(out byte[]? _);
                    db.TryGetPart(rows.Key, 50, room, out int _, out long _);
                }
                db.Reclaim(50);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or WombatException { Status: WombatStatus.Busy })
            {
            }
            catch (InvalidOperationException)
            {
                // The cursor was closed between a move and what follows.
            }
            catch (Exception exception)
            {
                lock (unexpected)
                {
                    unexpected.Add(exception);
                }
                return;
            }
        }
    }
}
