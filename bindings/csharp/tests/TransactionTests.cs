using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Every call of a transaction.</summary>
public sealed class TransactionTests : TestDatabase
{
    private static string? Get(WombatTransaction txn, string key, WombatDatabase? keyspace = null) =>
        txn.TryGet(Bytes(key), out byte[]? value, keyspace) ? Text(value) : null;

    private static string Keys(Rows rows) => string.Join(" ", rows.Select(row => Text(row.Key)));

    [Fact]
    public void ReadsItsOwnWritesAndOneMoment()
    {
        Put("a", "1");
        using WombatTransaction txn = Db.BeginTransaction();
        Assert.Same(Db, txn.Database);
        Assert.Equal(0, txn.Retries);
        Put("a", "2");
        Put("later", "v");
        Assert.Equal("1", Get(txn, "a"));
        Assert.Null(Get(txn, "later"));
        txn.Put("b"u8, "3"u8);
        txn.Delete("a"u8);
        Assert.Null(Get(txn, "a"));
        Assert.Equal("3", Get(txn, "b"));
        Assert.True(txn.Contains("b"u8));
        Assert.False(txn.Contains("a"u8));
        Assert.Null(Get("b"));
        Assert.Equal("2", Get("a"));
        Assert.Equal("b", Keys(txn.Scan()));
        txn.Rollback();
        Assert.Null(Get("b"));
    }

    [Fact]
    public void CommitShowsEverything()
    {
        using WombatTransaction txn = Db.BeginTransaction();
        txn.Put("a"u8, "1"u8);
        txn.Put("b"u8, "2"u8);
        long timestamp = txn.Commit(new WriteOptions { Sync = SyncPolicy.Always });
        Assert.Equal(Db.CommitTimestamp, timestamp);
        Assert.Equal("12", Get("a") + Get("b"));
        Fails(WombatStatus.TxnEnded, () => Get(txn, "a"));
        Fails(WombatStatus.TxnEnded, () => txn.Put("a"u8, default));
        Fails(WombatStatus.TxnEnded, () => txn.Commit());
        Fails(WombatStatus.TxnEnded, txn.Rollback);
        using WombatTransaction nothing = Db.BeginTransaction();
        Assert.Equal(0, nothing.Commit());
    }

    [Fact]
    public void ConflictsAreNamed()
    {
        Put("a", "1");
        using WombatTransaction txn = Db.BeginTransaction();
        Assert.Equal("1", Get(txn, "a"));
        txn.Put("b"u8, "2"u8);
        Put("a", "3");
        WombatException conflict = Fails(WombatStatus.Conflict, () => txn.Commit());
        Assert.Contains("a", conflict.Message);
        Assert.Null(Get("b"));
        using WombatTransaction other = Db.BeginTransaction();
        Put("a", "4");
        Fails(WombatStatus.Conflict, () =>
        {
            other.TryGetForUpdate("a"u8, out _);
            other.Put("c"u8, default);
            other.Commit();
        });
        using WombatTransaction reader = Db.BeginTransaction();
        Assert.Equal("a", Keys(reader.Scan()));
        reader.Put("x"u8, default);
        Put("phantom", "v");
        Fails(WombatStatus.Conflict, () => reader.Commit());
    }

    [Fact]
    public void Buffers()
    {
        Put("k", "value");
        using WombatTransaction txn = Db.BeginTransaction();
        byte[] key = Bytes("k");
        byte[] room = new byte[10];
        Assert.True(txn.TryGet(key, room, out int size));
        Assert.Equal("value", Text(room.AsSpan(0, size)));
        Assert.True(txn.TryGetForUpdate(key, room.AsSpan(0, 4), out size));
        Assert.Equal(5, size);
        Assert.False(txn.TryGet("x"u8, room, out size));
        Assert.Equal(0, size);
        Assert.True(txn.TryGetForUpdate(key, out byte[]? value));
        Assert.Equal("value", Text(value));
        byte[] large = new byte[100_000];
        txn.Put(key, large);
        Assert.True(txn.TryGet(key, out value));
        Assert.Equal(large, value);
        txn.Put(key, room);
        AllocatesNothing(() =>
        {
            txn.Put(key, room);
            txn.TryGet(key, room, out _);
            txn.Merge(MergeOperators.Append, key, default);
        });
    }

    [Fact]
    public void SeveralKeyspaces()
    {
        Db.CreateKeyspace("visits");
        using WombatDatabase visits = Db.OpenKeyspace("visits");
        Put(visits, "bob", "1");
        using (WombatTransaction txn = Db.BeginTransaction())
        {
            txn.Put("ada"u8, "1815"u8);
            txn.Put("ada"u8, "7"u8, keyspace: visits);
            Assert.Equal("1815 7", $"{Get(txn, "ada")} {Get(txn, "ada", visits)}");
            Assert.True(txn.TryGet("bob"u8, new byte[5], out int size, visits));
            Assert.Equal(1, size);
            Assert.True(txn.TryGetForUpdate("bob"u8, out _, visits));
            Assert.True(txn.Contains("bob"u8, visits));
            Assert.False(txn.Contains("bob"u8));
            Assert.Equal("ada bob", Keys(txn.Scan(default, visits)));
            Assert.Equal(new[] { "7", "1" }, txn.MultiGet(new[] { Bytes("ada"), Bytes("bob") }, visits).Select(v => Text(v!)));
            txn.Merge(MergeOperators.Append, "ada"u8, "!"u8, visits);
            txn.Delete("bob"u8, visits);
            txn.Put("c"u8, default, keyspace: visits);
            txn.DeleteRange("c"u8.ToArray(), null, visits);
            txn.Commit();
        }
        Assert.Equal("1815 7!", $"{Get("ada")} {Get(visits, "ada")}");
        Assert.Single(visits.Scan());
        using (WombatTransaction txn = visits.BeginTransaction())
        {
            txn.Put("home"u8, "v"u8);
            txn.Put("away"u8, "v"u8, keyspace: Db);
            txn.Commit();
        }
        Assert.Equal("vv", Get(visits, "home") + Get("away"));
    }

    [Fact]
    public void KeyspacesThatAreNone()
    {
        Db.CreateKeyspace("gone");
        using WombatDatabase gone = Db.OpenKeyspace("gone");
        WombatDatabase closed = Db.OpenKeyspace("gone");
        closed.Dispose();
        using WombatDatabase other = Open("other");
        using WombatTransaction txn = Db.BeginTransaction();
        txn.Put("a"u8, "1"u8);
        Fails(WombatStatus.InvalidArgument, () => txn.Put("k"u8, default, keyspace: other));
        Fails(WombatStatus.InvalidArgument, () => txn.CreateIterator(default, other));
        Assert.Throws<ObjectDisposedException>(() => txn.Put("k"u8, default, keyspace: closed));
        Assert.Throws<ObjectDisposedException>(() => txn.MultiGet(new[] { Bytes("k") }, closed));
        Db.DropKeyspace("gone");
        Fails(WombatStatus.Dropped, () => Get(txn, "k", gone));
        Fails(WombatStatus.Dropped, () => txn.Put("k"u8, default, keyspace: gone));
        Fails(WombatStatus.Dropped, () => gone.BeginTransaction());
        txn.Commit();
        Assert.Equal("1", Get("a"));
    }

    [Fact]
    public void CursorsShowTheWritesAsTheyWere()
    {
        for (int i = 0; i < 1000; ++i)
        {
            Put("key" + i.ToString("D4"), "old");
        }
        using WombatTransaction txn = Db.BeginTransaction();
        txn.Put("key0500"u8, "new"u8);
        txn.DeleteRange("key0600"u8.ToArray(), "key0700"u8.ToArray());
        using WombatIterator rows = txn.CreateIterator();
        txn.Put("key0501"u8, "newer"u8);
        int count = 0;
        while (rows.Next())
        {
            ++count;
            Assert.Equal(Text(rows.Key) == "key0500" ? "new" : "old", Text(rows.Value));
        }
        Assert.Equal(900, count);
        Assert.True(rows.Seek("key0650"u8));
        Assert.Equal("key0700", Text(rows.Key));
        Assert.True(rows.Prev());
        Assert.Equal("key0599", Text(rows.Key));
        Assert.Equal(10, txn.Scan(new IteratorOptions { Prefix = Bytes("key050"), KeysOnly = true }).Count());
        using Snapshot snapshot = Db.CreateSnapshot();
        Fails(WombatStatus.InvalidArgument, () => txn.CreateIterator(new IteratorOptions { Snapshot = snapshot }));
        Fails(WombatStatus.InvalidArgument, () => txn.CreateIterator(new IteratorOptions { AsOfTimestamp = 1 }));
        txn.Commit();
        Fails(WombatStatus.TxnEnded, () => rows.First());
        Fails(WombatStatus.TxnEnded, () => txn.CreateIterator());
    }

    [Fact]
    public void ManyKeys()
    {
        List<byte[]> keys = Enumerable.Range(0, 500).Select(i => Bytes("key" + i)).ToList();
        using WombatTransaction txn = Db.BeginTransaction();
        for (int i = 0; i < keys.Count; i += 2)
        {
            txn.Put(keys[i], new byte[20 * i]);
        }
        byte[]?[] values = txn.MultiGet(keys);
        Assert.Equal(keys.Count, values.Length);
        for (int i = 0; i < keys.Count; ++i)
        {
            Assert.Equal(i % 2 == 0 ? 20 * i : null, values[i]?.Length);
        }
        Assert.Empty(txn.MultiGet(Array.Empty<byte[]>()));
    }

    [Fact]
    public void Savepoints()
    {
        using WombatTransaction txn = Db.BeginTransaction();
        Assert.False(txn.RollbackToSavepoint());
        Assert.False(txn.ReleaseSavepoint());
        txn.Put("a"u8, "1"u8);
        txn.SetSavepoint();
        txn.Put("a"u8, "2"u8);
        txn.SetSavepoint();
        txn.Put("b"u8, "3"u8);
        Assert.True(txn.RollbackToSavepoint());
        Assert.Equal("2", Get(txn, "a"));
        Assert.Null(Get(txn, "b"));
        Assert.True(txn.RollbackToSavepoint());
        Assert.Equal("1", Get(txn, "a"));
        txn.SetSavepoint();
        txn.Put("c"u8, "4"u8);
        Assert.True(txn.ReleaseSavepoint());
        txn.Commit();
        Assert.Equal("14", Get("a") + Get("b") + Get("c"));
    }

    [Fact]
    public void MergesAndTimesToLive()
    {
        Put("n", "x");
        using WombatTransaction txn = Db.BeginTransaction();
        txn.Merge(MergeOperators.Append, "n"u8, "y"u8);
        Assert.Equal("xy", Get(txn, "n"));
        txn.Put("brief"u8, "v"u8, TimeSpan.FromMilliseconds(1));
        txn.Put("never"u8, "v"u8, Timeout.InfiniteTimeSpan);
        Fails(WombatStatus.InvalidArgument, () => txn.Merge("nonsense", "n"u8, default));
        Fails(WombatStatus.InvalidArgument, () => txn.Put("n"u8, default, TimeSpan.FromSeconds(-3)));
        txn.Commit();
        Thread.Sleep(10);
        Assert.Equal("xy v", $"{Get("n")}{Get("brief")} {Get("never")}");
    }

    [Fact]
    public void TypedStores()
    {
        Db.CreateKeyspace("counts");
        using WombatDatabase counts = Db.OpenKeyspace("counts");
        var store = new TypedStore<string, long>(counts, KeyCodecs.Text, ValueCodecs.Int64, "n/"u8);
        store.Merge(MergeOperators.Int64Add, "a", 40);
        using (WombatTransaction txn = Db.BeginTransaction())
        {
            store.Merge(txn, MergeOperators.Int64Add, "a", 2);
            Assert.True(store.TryGetForUpdate(txn, "a", out long a));
            Assert.Equal(42, a);
            store.Put(txn, "b", 1);
            store.Put(txn, "c", 2, Timeout.InfiniteTimeSpan);
            store.Delete(txn, "b");
            Assert.False(store.TryGet(txn, "b", out _));
            Assert.True(store.TryGet(txn, "c", out _));
            Assert.True(store.Contains(txn, "c"));
            Assert.Equal(2, store.Range(txn, "a", "z").Count());
            Assert.Single(store.StartingWith(txn, key => key.Append("c")));
            store.DeleteRange(txn, "c", "d");
            txn.Commit();
        }
        Assert.Equal(new[] { KeyValuePair.Create("a", 42L) }, store);
        Assert.True(store.PutIfAbsent("z", 1));
        Assert.False(store.PutIfAbsent("z", 2));
        using var batch = new WriteBatch();
        batch.UseKeyspace(counts);
        store.Merge(batch, MergeOperators.Int64Max, "z", 9);
        Db.Write(batch);
        Assert.True(store.TryGet("z", out long z));
        Assert.Equal(9, z);
        store.DeleteRange("a", "zz");
        Assert.Empty(store);
    }
}
