using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace WombatDb
{
    /// <summary>
    /// Work on several keys, ranges and keyspaces that happens as if nothing else went on meanwhile. It reads the database as it was
    /// when it began, with its own writes on top; nobody sees these before <see cref="Commit"/>. Made by
    /// <see cref="WombatDatabase.BeginTransaction"/>, and to be disposed, which rolls back what was not committed;
    /// <see cref="WombatDatabase.RunInTransaction{TResult}(Func{WombatTransaction, TResult}, TransactionOptions, TimeSpan,
    /// System.Threading.CancellationToken)"/> does all that.
    /// </summary>
    /// <remarks>
    /// <para>Where a call takes a keyspace, null is that of the database that the transaction was begun with.</para>
    /// <para>
    /// One thread at a time may use it, and its cursors; a second one fails with <see cref="WombatStatus.InUse"/>. Any thread may
    /// dispose it. When it has ended, calls fail with <see cref="WombatStatus.TxnEnded"/>; after <see cref="Dispose"/> they throw
    /// <see cref="ObjectDisposedException"/>, and so they do when the database was disposed.
    /// </para>
    /// <para>
    /// <see cref="WombatStatus.Conflict"/> and <see cref="WombatStatus.Deadlock"/>: nothing was written; roll back, and do all of it
    /// again in a new transaction. The first comes with the commit, and, for keys read for update, earlier.
    /// </para>
    /// </remarks>
    /// <example><code>
    /// using WombatTransaction txn = db.BeginTransaction();
    /// txn.TryGet("ada"u8, out byte[]? balance);
    /// txn.Put("ada"u8, Less(balance));
    /// txn.Commit();
    /// </code></example>
    public sealed unsafe class WombatTransaction : IDisposable
    {
        private readonly TransactionCore _core;

        internal WombatTransaction(WombatDatabase database, in TransactionOptions options, int retries)
        {
            Database = database;
            Retries = retries;
            _core = options.Begin(database.Core);
        }

        /// <summary>The database, or keyspace, that it was begun with.</summary>
        public WombatDatabase Database { get; }

        /// <summary>
        /// How often its work was done before and met a conflict, in <c>RunInTransaction</c>; else 0.
        /// </summary>
        public int Retries { get; }

        /// <summary>Gives a copy of the value of a key; false when the key is absent.</summary>
        public bool TryGet(ReadOnlySpan<byte> key, [NotNullWhen(true)] out byte[]? value, WombatDatabase? keyspace = null) =>
            ValueCopy.TryMake(new Source(_core, keyspace, false), key, out value);

        /// <summary>
        /// Copies the value of a key; false when the key is absent. <paramref name="size"/> becomes its size: when that is more than
        /// <paramref name="buffer"/> has, nothing was copied. Allocates nothing.
        /// </summary>
        public bool TryGet(ReadOnlySpan<byte> key, Span<byte> buffer, out int size, WombatDatabase? keyspace = null)
        {
            int found = new Source(_core, keyspace, false).Read(key, buffer);
            size = Math.Max(found, 0);
            return found >= 0;
        }

        /// <summary>
        /// Gives a copy of the value of a key that the transaction is going to write: at every isolation level, no other may change it
        /// between this call and the commit. False when the key is absent.
        /// </summary>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.Conflict"/>: it was changed since the transaction began. Of pessimistic transactions, which wait for
        /// whoever holds the key: <see cref="WombatStatus.Deadlock"/>, <see cref="WombatStatus.TimedOut"/>.
        /// </exception>
        public bool TryGetForUpdate(ReadOnlySpan<byte> key, [NotNullWhen(true)] out byte[]? value, WombatDatabase? keyspace = null) =>
            ValueCopy.TryMake(new Source(_core, keyspace, true), key, out value);

        /// <summary>The same into a buffer, as <see cref="TryGet(ReadOnlySpan{byte}, Span{byte}, out int, WombatDatabase)"/>.</summary>
        public bool TryGetForUpdate(ReadOnlySpan<byte> key, Span<byte> buffer, out int size, WombatDatabase? keyspace = null)
        {
            int found = new Source(_core, keyspace, true).Read(key, buffer);
            size = Math.Max(found, 0);
            return found >= 0;
        }

        /// <summary>Whether a key is present.</summary>
        public bool Contains(ReadOnlySpan<byte> key, WombatDatabase? keyspace = null)
        {
            fixed (byte* bytes = key)
            {
                bool isFound = _core.Contains(Number(keyspace), bytes, key.Length);
                GC.KeepAlive(keyspace);
                return isFound;
            }
        }

        /// <summary>
        /// Looks up many keys. The values are in the order of the keys, null for each that is absent.
        /// </summary>
        public byte[]?[] MultiGet(IReadOnlyList<byte[]> keys, WombatDatabase? keyspace = null)
        {
            ArgumentNullException.ThrowIfNull(keys);
            return new MultiGet(keys).InParts((packed, packedSize, buffer, capacity, used) =>
            {
                long done = Raw.txn_multi_get_packed(_core.Number, Number(keyspace), packed, packedSize, buffer, capacity, used);
                GC.KeepAlive(this);
                GC.KeepAlive(keyspace);
                return done;
            });
        }

        /// <summary>
        /// Makes a cursor over some rows, to be disposed. It shows the writes of the transaction as they are now. Rows are fetched many
        /// at a time; all that were fetched, and the gaps between them, count as read.
        /// </summary>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.InvalidArgument"/>: the options say which moment to show; a transaction has its own.
        /// </exception>
        public WombatIterator CreateIterator(IteratorOptions options = default, WombatDatabase? keyspace = null)
        {
            var rows = new WombatIterator(_core, Number(keyspace), options);
            GC.KeepAlive(keyspace);
            return rows;
        }

        /// <summary>Some rows, for <c>foreach</c>, as <see cref="CreateIterator"/> shows them.</summary>
        public Rows Scan(IteratorOptions options = default, WombatDatabase? keyspace = null) => new(keyspace, this, options);

        /// <summary>Stores a value under a key.</summary>
        /// <param name="key">The key.</param>
        /// <param name="value">The value.</param>
        /// <param name="timeToLive">As <see cref="WriteOptions.TimeToLive"/>, from this call on.</param>
        /// <param name="keyspace">Where; null: in the transaction's own keyspace.</param>
        public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, TimeSpan timeToLive = default,
            WombatDatabase? keyspace = null)
        {
            fixed (byte* keyBytes = key, valueBytes = value)
            {
                _core.Put(Number(keyspace), keyBytes, key.Length, valueBytes, value.Length, Durations.ToTtlMillis(timeToLive));
            }
            GC.KeepAlive(keyspace);
        }

        /// <summary>Removes a key. It need not be there.</summary>
        public void Delete(ReadOnlySpan<byte> key, WombatDatabase? keyspace = null)
        {
            fixed (byte* keyBytes = key)
            {
                _core.Delete(Number(keyspace), keyBytes, key.Length);
            }
            GC.KeepAlive(keyspace);
        }

        /// <summary>
        /// Removes the keys from <paramref name="lower"/> on and before <paramref name="upper"/>; null: no bound on that side. It locks
        /// none of them: what others commit there meanwhile is a conflict at the commit.
        /// </summary>
        public void DeleteRange(byte[]? lower, byte[]? upper, WombatDatabase? keyspace = null)
        {
            fixed (byte* lowerBytes = lower, upperBytes = upper)
            {
                _core.DeleteRange(Number(keyspace), lowerBytes, lower?.Length ?? -1, upperBytes, upper?.Length ?? -1);
            }
            GC.KeepAlive(keyspace);
        }

        /// <summary>
        /// Changes a value by an operator, as <see cref="WombatDatabase.Merge"/> does. The transaction reads what it makes of what it
        /// sees.
        /// </summary>
        public void Merge(string operatorName, ReadOnlySpan<byte> key, ReadOnlySpan<byte> operand, WombatDatabase? keyspace = null)
        {
            fixed (byte* keyBytes = key, operandBytes = operand)
            {
                _core.Merge(Number(keyspace), operatorName, keyBytes, key.Length, operandBytes, operand.Length);
            }
            GC.KeepAlive(keyspace);
        }

        /// <summary>Marks the present state of the writes. Savepoints nest.</summary>
        public void SetSavepoint() => _core.SetSavepoint();

        /// <summary>
        /// Undoes the writes since the newest savepoint, and that savepoint. What was read stays read, what was locked locked. False
        /// without one.
        /// </summary>
        public bool RollbackToSavepoint() => _core.RollbackToSavepoint();

        /// <summary>Forgets the newest savepoint and keeps the writes. False without one.</summary>
        public bool ReleaseSavepoint() => _core.ReleaseSavepoint();

        /// <summary>
        /// Commits, and gives the commit timestamp: 0 when there was nothing to write. The transaction has ended then. After
        /// <see cref="WombatStatus.Busy"/>, <see cref="WombatStatus.TimedOut"/> of these options, <see cref="WombatStatus.NoSpace"/> and
        /// <see cref="WombatStatus.NoMemory"/> it has not, and the commit may be tried again.
        /// </summary>
        /// <param name="options">How to write. A time to live means nothing here; each put has its own.</param>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.Conflict"/>; the message names the key or range, and the commit that changed it.
        /// </exception>
        public long Commit(WriteOptions options = default) => _core.Commit(options.Flags, (int)options.Sync, options.TimeoutMicros);

        /// <summary>Gives up what was written, and all locks. The transaction has ended then.</summary>
        public void Rollback() => _core.Rollback();

        /// <summary>
        /// First half of a two-phase commit: makes the transaction durable under a name, checked so that its commit cannot conflict any
        /// more, and ends it here. <see cref="WombatDatabase.CommitPrepared"/> or <see cref="WombatDatabase.RollbackPrepared"/> decides
        /// later, also after a crash.
        /// </summary>
        /// <param name="name">1 to 255 bytes of UTF-8 without control characters.</param>
        /// <exception cref="WombatException"><see cref="WombatStatus.AlreadyExists"/>; as <see cref="Commit"/>.</exception>
        public void Prepare(string name) => _core.Prepare(name);

        /// <summary>Rolls back what was not committed. The second and later calls do nothing.</summary>
        public void Dispose() => _core.Dispose();

        private static long Number(WombatDatabase? keyspace) => keyspace == null ? 0 : keyspace.Core.Number;

        /// <summary>A keyspace as the transaction sees it.</summary>
        private readonly struct Source : IValueSource
        {
            private readonly TransactionCore _core;
            private readonly WombatDatabase? _keyspace;
            private readonly bool _forUpdate;

            internal Source(TransactionCore core, WombatDatabase? keyspace, bool forUpdate)
            {
                _core = core;
                _keyspace = keyspace;
                _forUpdate = forUpdate;
            }

            public int Read(ReadOnlySpan<byte> key, Span<byte> buffer)
            {
                fixed (byte* keyBytes = key, to = buffer)
                {
                    int size = _forUpdate
                        ? _core.GetForUpdate(Number(_keyspace), keyBytes, key.Length, to, buffer.Length)
                        : _core.Get(Number(_keyspace), keyBytes, key.Length, to, buffer.Length);
                    GC.KeepAlive(_keyspace);
                    return size;
                }
            }
        }
    }
}
