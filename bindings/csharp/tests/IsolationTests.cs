using System;
using System.Threading;
using Xunit;

namespace WombatDb.Tests;

/// <summary>What transactions do to each other: levels, limits, locks, and two-phase commits.</summary>
public sealed class IsolationTests : TestDatabase
{
    private static string? Get(WombatTransaction txn, string key) => txn.TryGet(Bytes(key), out byte[]? value) ? Text(value) : null;

    [Fact]
    public void Isolation()
    {
        Put("x", "0");
        Put("y", "0");
        using WombatTransaction committed = Db.BeginTransaction(new TransactionOptions { Isolation = TransactionIsolation.ReadCommitted });
        using WombatTransaction snapshot = Db.BeginTransaction(new TransactionOptions { Isolation = TransactionIsolation.Snapshot });
        using WombatTransaction serial = Db.BeginTransaction(new TransactionOptions { Isolation = TransactionIsolation.Serializable });
        Assert.Equal("000", Get(committed, "x") + Get(snapshot, "x") + Get(serial, "x"));
        Put("x", "1");
        Assert.Equal("100", Get(committed, "x") + Get(snapshot, "x") + Get(serial, "x"));
        foreach (WombatTransaction txn in new[] { committed, snapshot, serial })
        {
            txn.Put(Bytes("written" + txn.GetHashCode()), default);
        }
        committed.Commit();
        snapshot.Commit();
        Fails(WombatStatus.Conflict, () => serial.Commit());
        Fails(WombatStatus.InvalidArgument, () => Db.BeginTransaction(new TransactionOptions { Isolation = (TransactionIsolation)9 }));
    }

    [Fact]
    public void ReadOnly()
    {
        Put("a", "1");
        using WombatTransaction txn = Db.BeginTransaction(new TransactionOptions { ReadOnly = true });
        Put("a", "2");
        Assert.Equal("1", Get(txn, "a"));
        Fails(WombatStatus.ReadOnly, () => txn.Put("a"u8, default));
        Assert.Equal(0, txn.Commit());
    }

    [Fact]
    public void Limits()
    {
        using (WombatTransaction txn = Db.BeginTransaction(new TransactionOptions { Timeout = TimeSpan.FromMilliseconds(1) }))
        {
            Thread.Sleep(20);
            Fails(WombatStatus.TimedOut, () => Get(txn, "a"));
            Fails(WombatStatus.TxnEnded, () => Get(txn, "a"));
        }
        using (WombatTransaction txn = Db.BeginTransaction(new TransactionOptions { Timeout = Timeout.InfiniteTimeSpan, SizeMax = 10_000 }))
        {
            Fails(WombatStatus.TooLarge, () => txn.Put("a"u8, new byte[20_000]));
            txn.Put("a"u8, "1"u8);
            txn.Commit();
        }
        Fails(WombatStatus.InvalidArgument, () => Db.BeginTransaction(new TransactionOptions { Timeout = TimeSpan.FromSeconds(-2) }));
        Fails(WombatStatus.InvalidArgument, () => Db.BeginTransaction(new TransactionOptions { SizeMax = -1 }));
    }

    [Fact]
    public void Locks()
    {
        var options = new TransactionOptions { Pessimistic = true, LockTimeout = TimeSpan.FromMilliseconds(20) };
        using WombatTransaction first = Db.BeginTransaction(options);
        using WombatTransaction second = Db.BeginTransaction(options);
        first.TryGetForUpdate("k"u8, out _);
        Fails(WombatStatus.TimedOut, () => second.TryGetForUpdate("k"u8, out _));
        first.Dispose();
        Assert.False(second.TryGetForUpdate("k"u8, out _));
        second.Put("k"u8, "2"u8);
        second.Commit();
        Assert.Equal("2", Get("k"));
    }

    [Fact]
    public void Deadlocks()
    {
        var options = new TransactionOptions { Pessimistic = true, LockTimeout = TimeSpan.FromSeconds(30) };
        using WombatTransaction first = Db.BeginTransaction(options);
        using WombatTransaction second = Db.BeginTransaction(options);
        first.Put("a"u8, "1"u8);
        second.Put("b"u8, "2"u8);
        int deadlocks = 0;
        void Cross(WombatTransaction txn, string key)
        {
            try
            {
                txn.Put(Bytes(key), "3"u8);
                txn.Commit();
            }
            catch (WombatException exception) when (exception.Status == WombatStatus.Deadlock)
            {
                Interlocked.Increment(ref deadlocks);
                txn.Rollback();
            }
        }
        var thread = new Thread(() => Cross(first, "b"));
        thread.Start();
        Cross(second, "a");
        thread.Join();
        Assert.Equal(1, deadlocks);
    }

    [Fact]
    public void Prepared()
    {
        foreach (string name in new[] { "eins", "zwei", "größe" })
        {
            using WombatTransaction txn = Db.BeginTransaction();
            txn.Put(Bytes(name), "v"u8);
            txn.Prepare(name);
            Fails(WombatStatus.TxnEnded, () => txn.Commit());
        }
        Assert.Equal(3, Db.GetPreparedTransactions().Count);
        Assert.Contains("größe", Db.GetPreparedTransactions());
        using (WombatTransaction txn = Db.BeginTransaction())
        {
            txn.Put("x"u8, default);
            Fails(WombatStatus.InvalidArgument, () => txn.Prepare("a\0b"));
            Fails(WombatStatus.AlreadyExists, () => txn.Prepare("eins"));
        }
        Assert.Null(Get("eins"));
        Assert.True(Db.CommitPrepared("eins") > 0);
        Db.RollbackPrepared("zwei");
        Fails(WombatStatus.DoesNotExist, () => Db.CommitPrepared("zwei"));
        Fails(WombatStatus.DoesNotExist, () => Db.RollbackPrepared("eins"));
        Assert.Equal(new[] { "größe" }, Db.GetPreparedTransactions());
        Assert.Equal("v", $"{Get("eins")}{Get("zwei")}");
        Db.CommitPrepared("größe");
    }
}
