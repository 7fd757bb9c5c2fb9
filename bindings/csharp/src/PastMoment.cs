using System;

namespace WombatDb
{
    /// <summary>A moment of the past that a read is about, by commit or by time; the default value is none.</summary>
    internal readonly record struct PastMoment
    {
        private readonly long _timestamp; // 0: none
        private readonly long _micros;    // since 1970; 0: none

        private PastMoment(long timestamp, long micros)
        {
            _timestamp = timestamp;
            _micros = micros;
        }

        internal bool IsSet => (_timestamp | _micros) != 0;

        internal long? Timestamp => _timestamp == 0 ? null : _timestamp;

        internal DateTimeOffset? Time =>
            _micros == 0 ? null : DateTimeOffset.UnixEpoch.AddTicks(_micros * KeyWriter.TicksPerMicrosecond);

        internal int Flags => (_timestamp != 0 ? Constants.ShimAsOfTimestamp : 0) | (_micros != 0 ? Constants.ShimAsOfTime : 0);

        internal PastMoment WithTimestamp(long? timestamp)
        {
            if (timestamp <= 0)
            {
                throw Failure.Invalid("AsOfTimestamp is " + timestamp + "; commit timestamps begin at 1, and null is none");
            }
            return new PastMoment(timestamp ?? 0, _micros);
        }

        internal PastMoment WithTime(DateTimeOffset? time)
        {
            long micros = ((time?.UtcTicks ?? 0) - KeyWriter.UnixEpochTicks) / KeyWriter.TicksPerMicrosecond;
            if (time != null && micros <= 0)
            {
                throw Failure.Invalid("AsOfTime is " + time + "; expected a time after the beginning of 1970, or null for none");
            }
            return new PastMoment(_timestamp, time == null ? 0 : micros);
        }

        /// <summary>What the library takes in place of a snapshot. Only one of the three may be set.</summary>
        internal long NumberBeside(Snapshot? snapshot)
        {
            if (snapshot != null || (_timestamp != 0 && _micros != 0))
            {
                throw Failure.Invalid("only one of Snapshot, AsOfTimestamp and AsOfTime may be set");
            }
            return _timestamp | _micros;
        }
    }
}
