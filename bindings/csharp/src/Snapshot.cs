using System;

namespace WombatDb
{
    /// <summary>
    /// A view of a database as it was at one moment. While it is open, what it shows is kept, so dispose it. Any number of threads
    /// may use it.
    /// </summary>
    public sealed class Snapshot : IDisposable
    {
        private readonly OwnedHandle _handle;

        internal Snapshot(OwnedHandle handle)
        {
            _handle = handle;
        }

        /// <summary>The commit timestamp that this snapshot shows; 0 when the database was closed.</summary>
        public long Timestamp
        {
            get
            {
                long timestamp = Raw.snapshot_timestamp(_handle.Shared);
                GC.KeepAlive(this);
                return timestamp;
            }
        }

        internal long Number => _handle.Shared;

        /// <summary>Lets go of the moment. The second and later calls do nothing.</summary>
        public void Dispose() => _handle.Dispose();
    }
}
