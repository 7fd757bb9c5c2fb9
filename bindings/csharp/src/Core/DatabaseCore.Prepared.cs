using System;

namespace WombatDb
{
    internal sealed unsafe partial class DatabaseCore
    {
        internal string[] ListPrepared()
        {
            return Lines(Texts.Collect((buffer, capacity) => Raw.prepared_list(_handle.Shared, buffer, capacity)));
        }

        internal long CommitPrepared(string name)
        {
            fixed (byte* text = Texts.Encode(name, "transaction name"))
            {
                long timestamp = Failure.Check(Raw.prepared_commit(_handle.Shared, text));
                GC.KeepAlive(this);
                return timestamp;
            }
        }

        internal void RollbackPrepared(string name)
        {
            fixed (byte* text = Texts.Encode(name, "transaction name"))
            {
                Failure.Check(Raw.prepared_rollback(_handle.Shared, text));
            }
            GC.KeepAlive(this);
        }

        /// <summary>
        /// How many microseconds to wait before the work of a transaction that met a conflict is done again; -1: not again.
        /// </summary>
        internal long RetryDelay(int retries)
        {
            long delay = Failure.Check(Raw.txn_retry_delay(_handle.Shared, retries));
            GC.KeepAlive(this);
            return delay;
        }
    }
}
