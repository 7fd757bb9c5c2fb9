using System;

namespace WombatDb
{
    /// <summary>When a write is acknowledged.</summary>
    public enum SyncPolicy
    {
        /// <summary>As option <see cref="OptionNames.WalSync"/> says.</summary>
        Default = 0,
        /// <summary>When it is durable.</summary>
        Always = 1,
        /// <summary>When the operating system has it: it survives the process, not loss of power.</summary>
        Never = 2,
    }

    /// <summary>How a write is done. The default value is the default.</summary>
    public readonly record struct WriteOptions
    {
        /// <summary>When the write is acknowledged.</summary>
        public SyncPolicy Sync { get; init; }

        /// <summary>Fail with <see cref="WombatStatus.Busy"/> where the write would wait for background work.</summary>
        public bool NoWait { get; init; }

        /// <summary>
        /// Longest wait for background work; zero: no limit. <see cref="WombatStatus.TimedOut"/>: nothing was written.
        /// </summary>
        public TimeSpan Timeout { get; init; }

        internal int Flags => NoWait ? Constants.WriteNoWait : 0;

        internal long TimeoutMicros => Durations.ToMicros(Timeout);
    }

    /// <summary>How a read is done. The default value is the default.</summary>
    public readonly record struct ReadOptions
    {
        /// <summary>The moment to read at; null: the newest state.</summary>
        public Snapshot? Snapshot { get; init; }

        /// <summary>Do not push other blocks out of the cache.</summary>
        public bool NoFillCache { get; init; }

        /// <summary>Longest time of a MultiGet; zero: no limit.</summary>
        public TimeSpan Timeout { get; init; }

        internal long SnapshotNumber => Snapshot?.Number ?? 0;

        internal int Flags => NoFillCache ? Constants.ReadKeepCache : 0;

        internal long TimeoutMicros => Durations.ToMicros(Timeout);
    }

    /// <summary>Which rows a cursor shows, and how it reads them. The default value is all rows of the newest state.</summary>
    public readonly record struct IteratorOptions
    {
        /// <summary>First key that may be shown; null: no bound.</summary>
        public byte[]? Lower { get; init; }

        /// <summary>First key that is not shown any more; null: no bound.</summary>
        public byte[]? Upper { get; init; }

        /// <summary>Only keys that begin with this; together with bounds the narrower counts; null: all.</summary>
        public byte[]? Prefix { get; init; }

        /// <summary>The moment; null: when the cursor is made.</summary>
        public Snapshot? Snapshot { get; init; }

        /// <summary>Values are not wanted and come out empty.</summary>
        public bool KeysOnly { get; init; }

        /// <summary>Do not push other blocks out of the cache.</summary>
        public bool NoFillCache { get; init; }

        /// <summary>Bytes read ahead from files; 0: as option <see cref="OptionNames.IoReadaheadSize"/> says.</summary>
        public int Readahead { get; init; }

        internal int Flags => (KeysOnly ? Constants.ReadKeysOnly : 0) | (NoFillCache ? Constants.ReadKeepCache : 0);
    }

    internal static class Durations
    {
        /// <summary>A limit for the library, where 0 is none: one shorter than a microsecond becomes that.</summary>
        internal static long ToMicros(TimeSpan limit)
        {
            if (limit < TimeSpan.Zero)
            {
                throw Failure.Invalid("a timeout is not negative, but this one is " + limit);
            }
            return limit == TimeSpan.Zero ? 0 : Math.Max(1, limit.Ticks / KeyWriter.TicksPerMicrosecond);
        }
    }
}
