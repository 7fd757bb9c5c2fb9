using System;

namespace WombatDb
{
    /// <summary>Times of expiry: for the library microseconds since 1970, where 0 is never and -1 that there is no entry.</summary>
    internal static class Expiries
    {
        private static readonly long MicrosMax =
            (DateTimeOffset.MaxValue.UtcTicks - KeyWriter.UnixEpochTicks) / KeyWriter.TicksPerMicrosecond;

        /// <summary>Times that .NET cannot tell become the last one that it can.</summary>
        internal static bool TryRead(long micros, out DateTimeOffset? expiry)
        {
            expiry = micros <= 0
                ? null
                : DateTimeOffset.UnixEpoch.AddTicks(Math.Min(micros, MicrosMax) * KeyWriter.TicksPerMicrosecond);
            return micros >= 0;
        }

        /// <summary>What lies before 1970 has expired just as well at its beginning.</summary>
        internal static long ToMicros(DateTimeOffset? expiry)
        {
            return expiry == null
                ? 0
                : Math.Max(1, (expiry.Value.UtcTicks - KeyWriter.UnixEpochTicks) / KeyWriter.TicksPerMicrosecond);
        }
    }
}
