using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Xunit;

namespace WombatDb.Tests;

/// <summary>Random calls of several threads, in and against the rules.</summary>
public sealed class AbuseTests : TestDatabase
{
    /// <summary>
    /// Threads call anything on anything, open or closed, theirs or another's, while databases are closed and opened: each call
    /// works or throws what its documentation says.
    /// </summary>
    [Fact]
    public void AnythingOnAnything() => new Abuse(this, NumberFrom("WOMBAT_TEST_CALLS", 20_000)).Run(Seed());

    private sealed class Abuse
    {
        private const int ObjectCount = 6; // few, so that threads meet

        private readonly AbuseTests _tests;
        private readonly IDisposable?[] _objects = new IDisposable?[ObjectCount];
        private readonly ConcurrentQueue<Exception> _unexpected = new();
        private WombatDatabase _db;
        private int _left;

        internal Abuse(AbuseTests tests, int calls)
        {
            _tests = tests;
            _left = calls;
            _db = tests.Open("abused", options => options.Set(OptionNames.ValueLogThreshold, 1000));
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
            using WombatDatabase db = _tests.Open("abused", options => options.Set(OptionNames.ValueLogThreshold, 1000));
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
                    or WombatStatus.Locked or WombatStatus.Conflict or WombatStatus.Deadlock or WombatStatus.TimedOut
                    or WombatStatus.TxnEnded or WombatStatus.InUse or WombatStatus.Dropped or WombatStatus.MergeFailed
                    or WombatStatus.AlreadyExists or WombatStatus.DoesNotExist or WombatStatus.TooOld or WombatStatus.ReadOnly)
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
            switch (random.Next(34))
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
                    db.TryGetPart(key, random.Next(2000), new byte[random.Next(100)], out _, out _);
                    break;
                case 8:
                    db.MultiGet(new[] { key, key });
                    break;
                case 9:
                    db.TryView(key, 0, (value, state) => value.ToArray(), out _);
                    break;
                case 10:
                    Keep(db.CreateIterator(new IteratorOptions { LazyValues = random.Next(2) == 0 }), random);
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
                    db.Reclaim(random.Next(101));
                    break;
                case 15:
                    Volatile.Read(ref _objects[random.Next(ObjectCount)])?.Dispose();
                    break;
                case 16:
                    Reopen(db, random);
                    break;
                case 17 or 18:
                    Keep(db.BeginTransaction(new TransactionOptions
                    {
                        Isolation = (TransactionIsolation)random.Next(4),
                        Pessimistic = random.Next(2) == 0,
                        LockTimeout = TimeSpan.FromMilliseconds(1),
                        ReadOnly = random.Next(10) == 0,
                    }), random);
                    break;
                case 19:
                    Decide(db, random);
                    break;
                case 20:
                    ChangeKeyspaces(db, "keyspace" + random.Next(3), random);
                    break;
                case 21:
                    Change(db, key, random);
                    break;
                case 22:
                    db.RunInTransaction(txn => Work(txn, null, key, random), timeout: TimeSpan.FromMilliseconds(20));
                    break;
                default:
                    Use(Volatile.Read(ref _objects[random.Next(ObjectCount)]), db, key, random);
                    break;
            }
        }

        private void ChangeKeyspaces(WombatDatabase db, string name, Random random)
        {
            switch (random.Next(8))
            {
                case 0:
                    db.DropKeyspace(name);
                    break;
                case 1:
                    db.RenameKeyspace(name, "keyspace" + random.Next(3));
                    break;
                case 2 or 3:
                    db.CreateKeyspace(name);
                    break;
                case 4:
                    db.GetKeyspaces();
                    break;
                default:
                    Keep(db.OpenKeyspace(name), random);
                    break;
            }
        }

        private static void Decide(WombatDatabase db, Random random)
        {
            foreach (string name in db.GetPreparedTransactions())
            {
                if (random.Next(2) == 0)
                {
                    db.CommitPrepared(name);
                }
                else
                {
                    db.RollbackPrepared(name);
                }
            }
        }

        private static void Change(WombatDatabase db, byte[] key, Random random)
        {
            switch (random.Next(6))
            {
                case 0:
                    db.DeleteRange(key, null);
                    break;
                case 1:
                    db.Merge(MergeOperators.Append, key, key);
                    break;
                case 2:
                    db.PutIfAbsent(key, key, new WriteOptions { TimeToLive = TimeSpan.FromMilliseconds(1) });
                    break;
                case 3:
                    db.CompareAndSet(key, random.Next(2) == 0 ? null : key, random.Next(2) == 0 ? null : key);
                    break;
                case 4:
                    db.FetchAdd(key, 1);
                    break;
                default:
                    db.TryGet(key, out _, new ReadOptions { AsOfTimestamp = Math.Max(1, db.CommitTimestamp - random.Next(100)) });
                    break;
            }
        }

        private void Work(WombatTransaction txn, WombatDatabase? keyspace, byte[] key, Random random)
        {
            switch (random.Next(13))
            {
                case 0:
                    txn.Put(key, new byte[random.Next(2000)], keyspace: keyspace);
                    break;
                case 1:
                    txn.Delete(key, keyspace);
                    break;
                case 2:
                    txn.TryGet(key, out _, keyspace);
                    break;
                case 3:
                    txn.TryGetForUpdate(key, new byte[random.Next(2000)], out _, keyspace);
                    break;
                case 4:
                    txn.MultiGet(new[] { key, key }, keyspace);
                    break;
                case 5:
                    Keep(txn.CreateIterator(default, keyspace), random);
                    break;
                case 6:
                    txn.DeleteRange(key, null, keyspace);
                    break;
                case 7:
                    txn.Merge(MergeOperators.Append, key, key, keyspace);
                    break;
                case 8:
                    txn.SetSavepoint();
                    break;
                case 9:
                    txn.RollbackToSavepoint();
                    break;
                case 10:
                    txn.Rollback();
                    break;
                case 11 when random.Next(4) == 0:
                    txn.Prepare("prepared" + random.Next(5));
                    break;
                default:
                    txn.Commit();
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
                        if (random.Next(8) == 0)
                        {
                            rows.TryReadValue(new byte[random.Next(3000)], out _);
                            rows.TryReadValue(out _);
                        }
                        isFound = rows.Next();
                    }
                    break;
                case Snapshot snapshot:
                    db.TryGet(key, out _, new ReadOptions { Snapshot = snapshot });
                    Keep(db.CreateIterator(new IteratorOptions { Snapshot = snapshot }), random);
                    break;
                case WombatTransaction txn:
                    for (int i = random.Next(5); i >= 0; --i)
                    {
                        Work(txn, Volatile.Read(ref _objects[random.Next(ObjectCount)]) as WombatDatabase, key, random);
                    }
                    break;
                case WombatDatabase keyspace:
                    keyspace.Put(key, key);
                    keyspace.TryGet(key, out _);
                    Change(keyspace, key, random);
                    Keep(random.Next(2) == 0 ? keyspace.BeginTransaction() : keyspace.CreateIterator(), random);
                    break;
                case WriteBatch batch when random.Next(4) == 0:
                    batch.UseKeyspace(Volatile.Read(ref _objects[random.Next(ObjectCount)]) as WombatDatabase);
                    batch.Merge(MergeOperators.Append, key, key).DeleteRange(key, null).Put(key, key, TimeSpan.FromSeconds(1));
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
                    Volatile.Write(ref _db, _tests.Open("abused", options => options.Set(OptionNames.ValueLogThreshold, 1000)));
                }
            }
        }
    }
}
