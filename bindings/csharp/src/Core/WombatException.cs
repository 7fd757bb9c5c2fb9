using System;

namespace WombatDb
{
    /// <summary>
    /// A call failed. What is absent is no failure: <c>TryGet</c> returns false then. Use after <c>Dispose</c> is an
    /// <see cref="ObjectDisposedException"/>.
    /// </summary>
    public sealed class WombatException : Exception
    {
        internal WombatException(WombatStatus status, int osError, bool isRetryable, string message)
            : base(status + ": " + message)
        {
            Status = status;
            OSError = osError;
            IsRetryable = isRetryable;
        }

        /// <summary>What failed.</summary>
        public WombatStatus Status { get; }

        /// <summary><c>errno</c> of the system call that failed, or 0.</summary>
        public int OSError { get; }

        /// <summary>Whether the same call may succeed later without anything being repaired.</summary>
        public bool IsRetryable { get; }
    }
}
