using System;

namespace WombatDb
{
    /// <summary>
    /// Puts, deletes, merges and range deletes that <see cref="WombatDatabase.Write"/> commits as one, in one keyspace or several. It
    /// may be written again, and cleared and used again. One thread at a time.
    /// </summary>
    public sealed unsafe class WriteBatch : IDisposable
    {
        private readonly BatchCore _core = new();

        /// <summary>The number of operations.</summary>
        public long Count => _core.Run(Raw.batch_count);

        /// <summary>The bytes that the batch will take in the log.</summary>
        public long Size => _core.Run(Raw.batch_size);

        /// <summary>Adds a put. Later operations on a key win over earlier ones.</summary>
        public WriteBatch Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            fixed (byte* keyBytes = key, valueBytes = value)
            {
                _core.Add(true, keyBytes, key.Length, valueBytes, value.Length);
            }
            return this;
        }

        /// <summary>Adds a delete.</summary>
        public WriteBatch Delete(ReadOnlySpan<byte> key)
        {
            fixed (byte* keyBytes = key)
            {
                _core.Add(false, keyBytes, key.Length, null, 0);
            }
            return this;
        }

        /// <summary>Adds a put that is absent again when <paramref name="timeToLive"/> has passed from now on.</summary>
        /// <param name="key">The key.</param>
        /// <param name="value">The value.</param>
        /// <param name="timeToLive">As <see cref="WriteOptions.TimeToLive"/>.</param>
        public WriteBatch Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, TimeSpan timeToLive)
        {
            fixed (byte* keyBytes = key, valueBytes = value)
            {
                _core.AddExpiring(keyBytes, key.Length, valueBytes, value.Length, Durations.ToTtlMillis(timeToLive));
            }
            return this;
        }

        /// <summary>Adds a put that is absent again from a certain time on.</summary>
        /// <param name="key">The key.</param>
        /// <param name="value">The value.</param>
        /// <param name="expiry">
        /// As <see cref="WombatDatabase.TryGetExpiry"/> gives it, of which whole microseconds count; null: never. A time that has passed
        /// hides what was there, like a delete.
        /// </param>
        public WriteBatch PutUntil(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, DateTimeOffset? expiry)
        {
            fixed (byte* keyBytes = key, valueBytes = value)
            {
                _core.AddUntil(keyBytes, key.Length, valueBytes, value.Length, Expiries.ToMicros(expiry));
            }
            return this;
        }

        /// <summary>Adds a merge, see <see cref="WombatDatabase.Merge"/>: of what earlier operations of the batch have left.</summary>
        public WriteBatch Merge(string operatorName, ReadOnlySpan<byte> key, ReadOnlySpan<byte> operand)
        {
            fixed (byte* keyBytes = key, operandBytes = operand)
            {
                _core.AddMerge(operatorName, keyBytes, key.Length, operandBytes, operand.Length);
            }
            return this;
        }

        /// <summary>
        /// Adds a range delete, see <see cref="WombatDatabase.DeleteRange"/>. It takes back what earlier operations of the batch do in
        /// the range, and not what later ones do.
        /// </summary>
        public WriteBatch DeleteRange(byte[]? lower, byte[]? upper)
        {
            fixed (byte* lowerBytes = lower, upperBytes = upper)
            {
                _core.AddDeleteRange(lowerBytes, lower?.Length ?? -1, upperBytes, upper?.Length ?? -1);
            }
            return this;
        }

        /// <summary>
        /// What is added from now on belongs to this keyspace, whatever the batch is written with; null: to that which it is written
        /// with, as in a new batch.
        /// </summary>
        public WriteBatch UseKeyspace(WombatDatabase? keyspace)
        {
            long number = keyspace?.Core.Number ?? 0;
            _core.Run(batch => Raw.batch_use_keyspace(batch, number));
            GC.KeepAlive(keyspace);
            return this;
        }

        /// <summary>Removes all operations and savepoints; what is added then belongs to the keyspace that it is written with.</summary>
        public void Clear() => _core.Clear();

        /// <summary>Marks the present end of the batch. Savepoints nest.</summary>
        public void SetSavepoint() => _core.Run(Raw.batch_set_savepoint);

        /// <summary>Drops what was added since the newest savepoint, and that savepoint. False without one.</summary>
        public bool RollbackToSavepoint() => _core.Run(Raw.batch_rollback_to_savepoint) == 0;

        /// <summary>Forgets the newest savepoint and keeps the operations. False without one.</summary>
        public bool ReleaseSavepoint() => _core.Run(Raw.batch_release_savepoint) == 0;

        /// <summary>Frees the batch. The second and later calls do nothing.</summary>
        public void Dispose() => _core.Dispose();

        internal void Commit(DatabaseCore database, WriteOptions options)
        {
            long number = database.Number;
            _core.Run(batch => Raw.write(number, batch, options.Flags, (int)options.Sync, options.TimeoutMicros,
                options.TtlMillis));
            GC.KeepAlive(database);
        }
    }
}
