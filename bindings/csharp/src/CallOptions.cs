using System;
using System.Threading;

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

        /// <summary>
        /// What this write puts is absent again when that long has passed. Zero: as option <see cref="OptionNames.TtlDefaultMs"/>
        /// says; <see cref="System.Threading.Timeout.InfiniteTimeSpan"/>: never. Other operations ignore it.
        /// </summary>
        public TimeSpan TimeToLive { get; init; }

        internal int Flags => NoWait ? Constants.WriteNoWait : 0;

        internal long TimeoutMicros => Durations.ToMicros(Timeout);

        internal long TtlMillis => Durations.ToTtlMillis(TimeToLive);
    }

    /// <summary>How a read is done. The default value is the default.</summary>
    public readonly record struct ReadOptions
    {
        private readonly PastMoment _past;

        /// <summary>The moment to read at; null: the newest state.</summary>
        public Snapshot? Snapshot { get; init; }

        /// <summary>
        /// Read the state after this commit, while option <see cref="OptionNames.HistoryRetentionS"/> keeps it. Null, or
        /// <see cref="Snapshot"/>, or <see cref="AsOfTime"/>: only one may be set.
        /// </summary>
        /// <exception cref="WombatException">It is not positive.</exception>
        public long? AsOfTimestamp
        {
            get => _past.Timestamp;
            init => _past = _past.WithTimestamp(value);
        }

        /// <summary>Read the state at this time, to within a tenth of a second, as <see cref="AsOfTimestamp"/> does.</summary>
        /// <exception cref="WombatException">It is not after 1970.</exception>
        public DateTimeOffset? AsOfTime
        {
            get => _past.Time;
            init => _past = _past.WithTime(value);
        }

        /// <summary>Do not push other blocks out of the cache.</summary>
        public bool NoFillCache { get; init; }

        /// <summary>Longest time of a MultiGet; zero: no limit.</summary>
        public TimeSpan Timeout { get; init; }

        /// <summary>What the library takes in place of a snapshot; <see cref="Flags"/> say what it is.</summary>
        internal long SnapshotNumber => _past.IsSet ? _past.NumberBeside(Snapshot) : Snapshot?.Number ?? 0;

        internal int Flags => (NoFillCache ? Constants.ReadKeepCache : 0) | _past.Flags;

        internal bool IsOfTheNewestState => Snapshot == null && !_past.IsSet;

        internal long TimeoutMicros => Durations.ToMicros(Timeout);
    }

    /// <summary>Which rows a cursor shows, and how it reads them. The default value is all rows of the newest state.</summary>
    public readonly record struct IteratorOptions
    {
        private readonly PastMoment _past;

        /// <summary>First key that may be shown; null: no bound.</summary>
        public byte[]? Lower { get; init; }

        /// <summary>First key that is not shown any more; null: no bound.</summary>
        public byte[]? Upper { get; init; }

        /// <summary>Only keys that begin with this; together with bounds the narrower counts; null: all.</summary>
        public byte[]? Prefix { get; init; }

        /// <summary>The moment; null: when the cursor is made.</summary>
        public Snapshot? Snapshot { get; init; }

        /// <summary>Show the state after this commit, as <see cref="ReadOptions.AsOfTimestamp"/> says.</summary>
        /// <exception cref="WombatException">It is not positive.</exception>
        public long? AsOfTimestamp
        {
            get => _past.Timestamp;
            init => _past = _past.WithTimestamp(value);
        }

        /// <summary>Show the state at this time, as <see cref="ReadOptions.AsOfTime"/> says.</summary>
        /// <exception cref="WombatException">It is not after 1970.</exception>
        public DateTimeOffset? AsOfTime
        {
            get => _past.Time;
            init => _past = _past.WithTime(value);
        }

        /// <summary>Values are not wanted and come out empty.</summary>
        public bool KeysOnly { get; init; }

        /// <summary>Do not push other blocks out of the cache.</summary>
        public bool NoFillCache { get; init; }

        /// <summary>
        /// Values in value files, see option <see cref="OptionNames.ValueLogThreshold"/>, stay there until
        /// <see cref="WombatIterator.TryReadValue(out byte[])"/> asks for one.
        /// </summary>
        public bool LazyValues { get; init; }

        /// <summary>Bytes read ahead from files; 0: as option <see cref="OptionNames.IoReadaheadSize"/> says.</summary>
        public int Readahead { get; init; }

        internal long SnapshotNumber => _past.IsSet ? _past.NumberBeside(Snapshot) : Snapshot?.Number ?? 0;

        internal int Flags =>
            (KeysOnly ? Constants.ReadKeysOnly : 0) | (LazyValues ? Constants.ReadLazyValues : 0) |
            (NoFillCache ? Constants.ReadKeepCache : 0) | _past.Flags;

        internal bool IsOfTheNewestState => Snapshot == null && !_past.IsSet;
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

        /// <summary>A time to live for the library, where 0 is the default and -1 for ever: nothing lives shorter than it says.</summary>
        internal static long ToTtlMillis(TimeSpan time)
        {
            if (time == TimeSpan.Zero)
            {
                return 0;
            }
            if (time == Timeout.InfiniteTimeSpan)
            {
                return -1;
            }
            if (time < TimeSpan.Zero)
            {
                throw Failure.Invalid("a time to live is not negative, but this one is " + time);
            }
            return ToMillis(time.Ticks, TimeSpan.TicksPerMillisecond);
        }

        /// <summary>Whole milliseconds, rounded up.</summary>
        internal static long ToMillis(long units, long unitsPerMillisecond) => (units - 1) / unitsPerMillisecond + 1;
    }
}
