using System;

namespace WombatDb
{
    /// <summary>What transactions see of each other. docs/transactions.md says what each level permits.</summary>
    public enum TransactionIsolation
    {
        /// <summary>As option <see cref="OptionNames.TxnIsolation"/> says: serializable, unless it was changed.</summary>
        Default = 0,
        /// <summary>As if transactions ran one after another, in the order of their commits.</summary>
        Serializable = 1,
        /// <summary>Reads are of one moment; of two that write the same key one fails. Permits write skew.</summary>
        Snapshot = 2,
        /// <summary>Each read sees what is committed by then; of two writes of a key the later one stands.</summary>
        ReadCommitted = 3,
    }

    /// <summary>How a transaction goes about its work. The default value is the default.</summary>
    public readonly record struct TransactionOptions
    {
        /// <summary>What it sees of others.</summary>
        public TransactionIsolation Isolation { get; init; }

        /// <summary>Writes are refused; it never waits and never conflicts.</summary>
        public bool ReadOnly { get; init; }

        /// <summary>
        /// Lock the keys that it writes, and those that it reads with <see cref="WombatTransaction.TryGetForUpdate(ReadOnlySpan{byte},
        /// out byte[], WombatDatabase)"/>, until it ends.
        /// </summary>
        public bool Pessimistic { get; init; }

        /// <summary>
        /// Longest time of the whole transaction, which then ends: calls fail with <see cref="WombatStatus.TimedOut"/>. Zero: as option
        /// <see cref="OptionNames.TxnTimeoutMs"/> says; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: no limit.
        /// </summary>
        public TimeSpan Timeout { get; init; }

        /// <summary>
        /// Longest wait for one lock, then <see cref="WombatStatus.TimedOut"/>. Zero: as option
        /// <see cref="OptionNames.TxnLockTimeoutMs"/> says.
        /// </summary>
        public TimeSpan LockTimeout { get; init; }

        /// <summary>
        /// Most bytes of memory for what it reads and writes, then <see cref="WombatStatus.TooLarge"/>. 0: as option
        /// <see cref="OptionNames.TxnMaxSize"/> says.
        /// </summary>
        public long SizeMax { get; init; }

        internal TransactionCore Begin(DatabaseCore database)
        {
            if (SizeMax < 0)
            {
                throw Failure.Invalid("SizeMax is not negative, but this one is " + SizeMax);
            }
            int flags = (ReadOnly ? Constants.TxnReadOnly : 0) | (Pessimistic ? Constants.TxnPessimistic : 0);
            long timeoutMicros = Timeout == System.Threading.Timeout.InfiniteTimeSpan ? -1 : Durations.ToMicros(Timeout);
            return new TransactionCore(database, (int)Isolation, flags, timeoutMicros, Durations.ToMicros(LockTimeout), SizeMax);
        }
    }
}
