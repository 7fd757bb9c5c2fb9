using System;
using System.Threading;

namespace WombatDb
{
    /// <summary>
    /// The calls of a database on memory that the caller has pinned. Compiled by every C# compiler from version 7 on, so that
    /// Mono proves it where there is no .NET SDK; <c>WombatDatabase</c> is the face of it.
    /// </summary>
    internal sealed unsafe partial class DatabaseCore : IDisposable
    {
        private static readonly object NoParent = new object();

        private readonly OwnedHandle _handle;
        private readonly Closing _closing;
        private readonly object _parent; // what must not be collected before this: of a keyspace its database

        private DatabaseCore(string what, long number, Closing closing, object parent)
        {
            _closing = closing;
            _parent = parent;
            _handle = new OwnedHandle(what, number, closing.Release);
        }

        internal bool IsDisposed
        {
            get { return _handle.IsDisposed; }
        }

        /// <summary>The handle for a call; <see cref="GC.KeepAlive"/> this object behind it.</summary>
        internal long Number
        {
            get { return _handle.Shared; }
        }

        /// <summary>Opens with a native options object, which stays the caller's.</summary>
        /// <param name="path">The directory.</param>
        /// <param name="options">The options.</param>
        /// <param name="log">The queue that the options write to; 0: none.</param>
        internal static DatabaseCore Open(string path, long options, long log)
        {
            fixed (byte* text = Texts.Encode(path, "path"))
            {
                return new DatabaseCore("database", Failure.Check(Raw.open(text, options)), new Closing(log), NoParent);
            }
        }

        internal static void Destroy(string path)
        {
            fixed (byte* text = Texts.Encode(path, "path"))
            {
                Failure.Check(Raw.destroy(text));
            }
        }

        /// <summary>Throws what the last sync failed with, once.</summary>
        public void Dispose()
        {
            _handle.Dispose();
            GC.KeepAlive(_parent);
            _closing.Rethrow();
        }

        internal void Put(byte* key, int keySize, byte* value, int valueSize, int flags, int sync, long timeoutMicros,
            long ttlMillis)
        {
            Failure.Check(Raw.put(_handle.Shared, key, keySize, value, valueSize, flags, sync, timeoutMicros, ttlMillis));
            GC.KeepAlive(this);
        }

        internal void Delete(byte* key, int keySize, int flags, int sync, long timeoutMicros)
        {
            Failure.Check(Raw.delete(_handle.Shared, key, keySize, flags, sync, timeoutMicros));
            GC.KeepAlive(this);
        }

        /// <summary>The size of the value, -1 when the key is absent. More than the capacity: nothing was copied.</summary>
        internal int Get(byte* key, int keySize, long snapshot, int flags, byte* buffer, int capacity)
        {
            long size = Raw.get(_handle.Shared, key, keySize, snapshot, flags, buffer, capacity);
            GC.KeepAlive(this);
            return (int)Failure.Check(size);
        }

        /// <summary>
        /// How many bytes of the value, from <paramref name="offset"/> on, were copied; -1 when the key is absent.
        /// </summary>
        internal int GetPart(byte* key, int keySize, long offset, long snapshot, int flags, byte* buffer, int capacity,
            out long valueSize)
        {
            if (offset < 0)
            {
                throw Failure.Invalid("a part of a value begins at an offset that is not negative, but this one is " + offset);
            }
            long size = 0;
            long count = Raw.get_part(_handle.Shared, key, keySize, offset, snapshot, flags, buffer, capacity, (byte*)&size);
            GC.KeepAlive(this);
            valueSize = size;
            return (int)Failure.Check(count);
        }

        /// <summary>When the value expires, microseconds since 1970; 0: never; -1: the key is absent.</summary>
        internal long Expiry(byte* key, int keySize, long snapshot, int flags)
        {
            long micros = Raw.get_expiry(_handle.Shared, key, keySize, snapshot, flags);
            GC.KeepAlive(this);
            return Failure.Check(micros);
        }

        internal bool Contains(byte* key, int keySize, long snapshot, int flags)
        {
            long result = Raw.exists(_handle.Shared, key, keySize, snapshot, flags);
            GC.KeepAlive(this);
            return Failure.Check(result) == 0;
        }

        internal void Sync()
        {
            Failure.Check(Raw.sync(_handle.Shared));
            GC.KeepAlive(this);
        }

        internal long CommitTimestamp()
        {
            long timestamp = Failure.Check(Raw.commit_timestamp(_handle.Shared));
            GC.KeepAlive(this);
            return timestamp;
        }

        internal OwnedHandle CreateSnapshot()
        {
            long number = Failure.Check(Raw.snapshot_create(_handle.Shared));
            GC.KeepAlive(this);
            return new OwnedHandle("snapshot", number, Raw.snapshot_release);
        }

        /// <summary>How a database ends. It must not know the database, or the collector would not find one.</summary>
        private sealed class Closing
        {
            private readonly long _log;
            private Exception[] _failure = new Exception[0]; // none or one: C# 7 has no word for a field that may be null

            internal Closing(long log)
            {
                _log = log;
            }

            internal void Release(long number)
            {
                long result = Raw.close(number);
                if (_log != 0)
                {
                    Raw.log_close(_log);
                }
                if (result < Constants.ShimNone)
                {
                    Volatile.Write(ref _failure, new[] { Failure.Take(result) });
                }
            }

            internal void Rethrow()
            {
                Exception[] failure = Interlocked.Exchange(ref _failure, new Exception[0]);
                if (failure.Length != 0)
                {
                    throw failure[0];
                }
            }
        }
    }
}
