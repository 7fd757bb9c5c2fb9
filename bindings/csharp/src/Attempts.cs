using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace WombatDb
{
    /// <summary>
    /// The repetitions of a transaction that meets conflicts: how many there may be, the pauses between them, and the limit of the time
    /// for all of them. One thread at a time.
    /// </summary>
    internal sealed class Attempts
    {
        private readonly DatabaseCore _database;
        private readonly long _start = Stopwatch.GetTimestamp();
        private readonly TimeSpan _timeout;
        private readonly CancellationToken _token;
        private WombatException? _conflict;
        private long _delayMicros;

        internal Attempts(DatabaseCore database, TimeSpan timeout, CancellationToken token)
        {
            Durations.ToMicros(timeout); // refuses what is no limit
            _database = database;
            _timeout = timeout;
            _token = token;
            CheckLimits();
        }

        /// <summary>How often the work was repeated.</summary>
        internal int Retries { get; private set; }

        /// <summary>Whether the work that failed so may be done again; then one of the pauses must follow.</summary>
        internal bool MayFollow(WombatException failure)
        {
            if (failure.Status is not (WombatStatus.Conflict or WombatStatus.Deadlock))
            {
                return false;
            }
            _conflict = failure;
            _delayMicros = _database.RetryDelay(Retries);
            return _delayMicros >= 0;
        }

        internal void Pause()
        {
            _token.WaitHandle.WaitOne(PauseMillis());
            CheckLimits();
            ++Retries;
        }

        internal async Task PauseAsync()
        {
            await Task.Delay(PauseMillis(), _token).ConfigureAwait(false);
            CheckLimits();
            ++Retries;
        }

        private int PauseMillis()
        {
            long millis = _delayMicros == 0 ? 0 : Durations.ToMillis(_delayMicros, 1000);
            if (_timeout != TimeSpan.Zero)
            {
                TimeSpan left = _timeout - Stopwatch.GetElapsedTime(_start);
                millis = Math.Min(millis, left <= TimeSpan.Zero ? 0 : (long)Math.Ceiling(left.TotalMilliseconds));
            }
            return (int)Math.Min(millis, int.MaxValue);
        }

        private void CheckLimits()
        {
            _token.ThrowIfCancellationRequested();
            if (_timeout != TimeSpan.Zero && Stopwatch.GetElapsedTime(_start) >= _timeout)
            {
                throw new WombatException(WombatStatus.TimedOut, 0, true,
                    $"the time limit of {_timeout} passed before the transaction was committed; it met {_conflict?.Message}");
            }
        }
    }
}
