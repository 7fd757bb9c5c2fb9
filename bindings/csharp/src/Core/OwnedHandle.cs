using System;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;

namespace WombatDb
{
    /// <summary>
    /// Owns one handle of the library. A database, a snapshot and a cancel handle may be closed while other threads use
    /// them: the library answers that they are closed. The other kinds may not: their calls stand between
    /// <see cref="Enter"/> and <see cref="Leave"/>, and a close that comes in between is carried out by the latter. Nobody
    /// waits for anybody.
    /// </summary>
    internal sealed class OwnedHandle : SafeHandle
    {
        private readonly string _what;
        private readonly Action<long> _release;
        private int _isInUse;
        private int _isDisposed;

        internal OwnedHandle(string what, long number, Action<long> release)
            : base(IntPtr.Zero, true)
        {
            _what = what;
            _release = release;
            SetHandle(new IntPtr(number));
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        internal bool IsDisposed
        {
            get { return Volatile.Read(ref _isDisposed) != 0; }
        }

        /// <summary>The handle, for an object of any number of threads. The caller keeps this object reachable.</summary>
        internal long Shared
        {
            get
            {
                CheckOpen();
                return handle.ToInt64();
            }
        }

        /// <summary>Begins a call of an object of one thread at a time.</summary>
        internal long Enter()
        {
            if (Interlocked.CompareExchange(ref _isInUse, 1, 0) != 0)
            {
                CheckOpen();
                throw new InvalidOperationException("the " + _what + " is in use by another thread; it serves one at a time");
            }
            bool isReferenced = false;
            try
            {
                CheckOpen();
                DangerousAddRef(ref isReferenced);
            }
            finally
            {
                if (!isReferenced)
                {
                    Volatile.Write(ref _isInUse, 0);
                }
            }
            return handle.ToInt64();
        }

        internal void Leave()
        {
            DangerousRelease();
            Volatile.Write(ref _isInUse, 0);
        }

        internal void CheckOpen()
        {
            if (IsDisposed)
            {
                throw new ObjectDisposedException(_what);
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _isDisposed, 1) == 0 && !disposing)
            {
                Trace.TraceWarning("Wombat: a {0} was never disposed; the garbage collector closes it.", _what);
            }
            base.Dispose(disposing);
        }

        protected override bool ReleaseHandle()
        {
            _release(handle.ToInt64());
            return true;
        }
    }
}
