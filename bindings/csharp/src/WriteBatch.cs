using System;

namespace WombatDb
{
    /// <summary>
    /// Puts and deletes that <see cref="WombatDatabase.Write"/> commits as one. It may be written again, and cleared and used again.
    /// One thread at a time.
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

        /// <summary>Removes all operations and savepoints.</summary>
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
            _core.Run(batch => Raw.write(number, batch, options.Flags, (int)options.Sync, options.TimeoutMicros, 0));
            GC.KeepAlive(database);
        }
    }
}
