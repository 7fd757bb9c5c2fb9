using System;

namespace WombatDb
{
    /// <summary>
    /// The calls of a transaction on memory that the caller has pinned. The library itself turns away a second thread, and calls
    /// that come when the transaction has ended or is gone; so nothing is counted here. A keyspace is its handle, which the
    /// caller keeps alive; 0: that of the database that the transaction was begun with.
    /// </summary>
    internal sealed unsafe class TransactionCore : IDisposable
    {
        private static readonly Action<long> Destroy = Raw.txn_destroy;

        private readonly DatabaseCore _database;
        private readonly OwnedHandle _handle;

        internal TransactionCore(DatabaseCore database, int isolation, int flags, long timeoutMicros, long lockTimeoutMicros,
            long sizeMax)
        {
            _database = database;
            long number = Failure.Check(Raw.txn_begin(database.Number, isolation, flags, timeoutMicros, lockTimeoutMicros, sizeMax));
            GC.KeepAlive(database);
            _handle = new OwnedHandle("transaction", number, Destroy);
        }

        /// <summary>The handle for a call; <see cref="GC.KeepAlive"/> this object behind it.</summary>
        internal long Number
        {
            get { return _handle.Shared; }
        }

        /// <summary>Rolls back what was not committed.</summary>
        public void Dispose()
        {
            _handle.Dispose();
            GC.KeepAlive(_database);
        }

        /// <summary>The size of the value, -1 when the key is absent. More than the capacity: nothing was copied.</summary>
        internal int Get(long keyspace, byte* key, int keySize, byte* buffer, int capacity)
        {
            long size = Raw.txn_get(_handle.Shared, keyspace, key, keySize, buffer, capacity);
            GC.KeepAlive(this);
            return (int)Failure.Check(size);
        }

        /// <summary>As <see cref="Get"/>.</summary>
        internal int GetForUpdate(long keyspace, byte* key, int keySize, byte* buffer, int capacity)
        {
            long size = Raw.txn_get_for_update(_handle.Shared, keyspace, key, keySize, buffer, capacity);
            GC.KeepAlive(this);
            return (int)Failure.Check(size);
        }

        internal bool Contains(long keyspace, byte* key, int keySize)
        {
            long result = Raw.txn_exists(_handle.Shared, keyspace, key, keySize);
            GC.KeepAlive(this);
            return Failure.Check(result) == 0;
        }

        internal void Put(long keyspace, byte* key, int keySize, byte* value, int valueSize, long ttlMillis)
        {
            Failure.Check(Raw.txn_put(_handle.Shared, keyspace, key, keySize, value, valueSize, ttlMillis));
            GC.KeepAlive(this);
        }

        internal void Delete(long keyspace, byte* key, int keySize)
        {
            Failure.Check(Raw.txn_delete(_handle.Shared, keyspace, key, keySize));
            GC.KeepAlive(this);
        }

        /// <summary>A size of -1 says that there is no bound.</summary>
        internal void DeleteRange(long keyspace, byte* lower, int lowerSize, byte* upper, int upperSize)
        {
            Failure.Check(Raw.txn_delete_range(_handle.Shared, keyspace, lower, lowerSize, upper, upperSize));
            GC.KeepAlive(this);
        }

        internal void Merge(long keyspace, string operatorName, byte* key, int keySize, byte* operand, int operandSize)
        {
            fixed (byte* name = DatabaseCore.EncodeOperator(operatorName))
            {
                Failure.Check(Raw.txn_merge(_handle.Shared, keyspace, name, key, keySize, operand, operandSize));
            }
            GC.KeepAlive(this);
        }

        internal void SetSavepoint()
        {
            Failure.Check(Raw.txn_set_savepoint(_handle.Shared));
            GC.KeepAlive(this);
        }

        /// <summary>False without a savepoint.</summary>
        internal bool RollbackToSavepoint()
        {
            long result = Raw.txn_rollback_to_savepoint(_handle.Shared);
            GC.KeepAlive(this);
            return Failure.Check(result) == 0;
        }

        /// <summary>False without a savepoint.</summary>
        internal bool ReleaseSavepoint()
        {
            long result = Raw.txn_release_savepoint(_handle.Shared);
            GC.KeepAlive(this);
            return Failure.Check(result) == 0;
        }

        /// <summary>The commit timestamp; 0 when there was nothing to write.</summary>
        internal long Commit(int flags, int sync, long timeoutMicros)
        {
            long timestamp = Raw.txn_commit(_handle.Shared, flags, sync, timeoutMicros);
            GC.KeepAlive(this);
            return Failure.Check(timestamp);
        }

        internal void Rollback()
        {
            Failure.Check(Raw.txn_rollback(_handle.Shared));
            GC.KeepAlive(this);
        }

        internal void Prepare(string name)
        {
            fixed (byte* text = Texts.Encode(name, "transaction name"))
            {
                Failure.Check(Raw.txn_prepare(_handle.Shared, text));
            }
            GC.KeepAlive(this);
        }
    }
}
