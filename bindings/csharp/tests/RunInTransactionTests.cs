using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Work that is done again after conflicts.</summary>
public sealed class RunInTransactionTests : TestDatabase
{
    /// <summary>Work that meets a conflict as often as it is told.</summary>
    private Func<WombatTransaction, int> Meeting(int conflicts) => txn =>
    {
        txn.TryGet("seen"u8, out _);
        txn.Put("written"u8, Bytes(txn.Retries.ToString()));
        if (txn.Retries < conflicts)
        {
            Put("seen", txn.Retries.ToString());
        }
        return txn.Retries;
    };

    [Fact]
    public void TheValueComesBack()
    {
        Assert.Equal(0, Db.RunInTransaction(Meeting(0)));
        Assert.Equal("0", Get("written"));
        Assert.Equal(3, Db.RunInTransaction(Meeting(3), out int retries));
        Assert.Equal(3, retries);
        Assert.Equal("3", Get("written"));
        Assert.Equal(0, Db.RunInTransaction(txn => txn.Delete("written"u8)));
        Assert.Null(Get("written"));
        Assert.Equal(2, Db.RunInTransaction(txn => { Meeting(2)(txn); }));
    }

    [Fact]
    public void TheLastConflictIsThrown()
    {
        Db.SetOption(OptionNames.RetryAttempts, "2");
        int retries = -1;
        Fails(WombatStatus.Conflict, () => Db.RunInTransaction(Meeting(100), out retries));
        Assert.Equal(2, retries);
        Assert.Null(Get("written"));
        Db.SetOption(OptionNames.RetryAttempts, "0");
        Fails(WombatStatus.Conflict, () => Db.RunInTransaction(Meeting(1), out retries));
        Assert.Equal(0, retries);
    }

    [Fact]
    public async Task WhatTheWorkThrowsIsThrownAsItIs()
    {
        var thrown = new TimeZoneNotFoundException();
        int calls = 0;
        int Work(WombatTransaction txn)
        {
            ++calls;
            txn.Put("k"u8, default);
            throw thrown;
        }
        Assert.Same(thrown, Assert.Throws<TimeZoneNotFoundException>(() => Db.RunInTransaction(Work)));
        Assert.Same(thrown, await Assert.ThrowsAsync<TimeZoneNotFoundException>(
            () => Db.RunInTransactionAsync<int>(async txn =>
            {
                await Task.Yield();
                return Work(txn);
            })));
        Assert.Equal(2, calls);
        Assert.Null(Get("k"));
        Fails(WombatStatus.InvalidArgument, () => Db.RunInTransaction(txn => txn.Merge("nonsense", "k"u8, default)));
        Fails(WombatStatus.TxnEnded, () => Db.RunInTransaction(txn => txn.Rollback()));
        Assert.Throws<ArgumentNullException>(() => Db.RunInTransaction((Action<WombatTransaction>)null!));
        Assert.Throws<ArgumentNullException>(() => Db.RunInTransaction((Func<WombatTransaction, int>)null!));
    }

    [Fact]
    public void AsynchronousWorkIsRefusedWhereItWouldGoOnBehindTheCommit()
    {
        void Call() => _ = Db.RunInTransaction(async txn => await Task.Yield());
        Assert.Throws<ArgumentException>(Call);
    }

    [Fact]
    public void DeadlocksAreDoneAgain()
    {
        using var barrier = new Barrier(2);
        int retries = 0;
        void Cross(string first, string second) => Interlocked.Add(ref retries, Db.RunInTransaction(
            txn =>
            {
                txn.Put(Bytes(first), default);
                if (txn.Retries == 0)
                {
                    barrier.SignalAndWait();
                }
                txn.Put(Bytes(second), default);
            },
            new TransactionOptions { Pessimistic = true, LockTimeout = TimeSpan.FromSeconds(30) }));
        var thread = new Thread(() => Cross("a", "b"));
        thread.Start();
        Cross("b", "a");
        thread.Join();
        Assert.True(retries >= 1);
    }

    [Fact]
    public void TimeLimit()
    {
        Db.SetOption(OptionNames.RetryAttempts, "1000");
        long start = Stopwatch.GetTimestamp();
        WombatException exception =
            Fails(WombatStatus.TimedOut, () => Db.RunInTransaction(Meeting(1_000_000), timeout: TimeSpan.FromMilliseconds(50)));
        Assert.Contains("CONFLICT", exception.Message, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(20));
        Fails(WombatStatus.InvalidArgument, () => Db.RunInTransaction(Meeting(0), timeout: TimeSpan.FromSeconds(-1)));
    }

    [Fact]
    public async Task Cancellation()
    {
        Db.SetOption(OptionNames.RetryAttempts, "1000");
        Db.SetOption(OptionNames.RetryFirstDelayMs, "100000");
        Db.SetOption(OptionNames.RetryMaxDelayMs, "100000");
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => Db.RunInTransaction(Meeting(9), cancellationToken: source.Token));
        bool isRun = false;
        Assert.Throws<OperationCanceledException>(() => Db.RunInTransaction(txn => isRun = true, cancellationToken: source.Token));
        Assert.False(isRun);
        using var second = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Db.RunInTransactionAsync(txn => Task.FromResult(Meeting(9)(txn)), cancellationToken: second.Token));
    }

    [Fact]
    public async Task Asynchronous()
    {
        Func<WombatTransaction, int> work = Meeting(2);
        Assert.Equal(2, await Db.RunInTransactionAsync(async txn =>
        {
            await Task.Delay(1);
            int result = work(txn);
            await Task.Yield();
            return result;
        }));
        Assert.Equal("2", Get("written"));
        Assert.Equal(0, await Db.RunInTransactionAsync(txn =>
        {
            txn.Delete("written"u8);
            return Task.CompletedTask;
        }));
        Assert.Null(Get("written"));
        Db.SetOption(OptionNames.RetryAttempts, "1");
        WombatException exception = await Assert.ThrowsAsync<WombatException>(
            () => Db.RunInTransactionAsync(txn => Task.FromResult(Meeting(9)(txn))));
        Assert.Equal(WombatStatus.Conflict, exception.Status);
    }

    /// <summary>Threads add to the same numbers in two keyspaces; nothing is lost.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NothingIsLost(bool isPessimistic)
    {
        const int Threads = 4, Rounds = 200;
        Db.SetOption(OptionNames.RetryAttempts, "1000");
        Db.CreateKeyspace("other");
        using WombatDatabase other = Db.OpenKeyspace("other");
        var options = new TransactionOptions { Pessimistic = isPessimistic };
        var unexpected = new ConcurrentQueue<Exception>();
        var threads = Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            try
            {
                for (int round = 0; round < Rounds; ++round)
                {
                    Db.RunInTransaction(txn => Increment(txn, null) + Increment(txn, other), options);
                }
            }
            catch (Exception exception)
            {
                unexpected.Enqueue(exception);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.Empty(unexpected);
        Assert.Equal(Threads * Rounds, Db.FetchAdd("n"u8, 0));
        Assert.Equal(Threads * Rounds, other.FetchAdd("n"u8, 0));
    }

    private static long Increment(WombatTransaction txn, WombatDatabase? keyspace)
    {
        long number = txn.TryGetForUpdate("n"u8, out byte[]? value, keyspace) ? MergeOperators.ToInt64(value) : 0;
        txn.Put("n"u8, MergeOperators.FromInt64(number + 1), keyspace: keyspace);
        return number;
    }
}
