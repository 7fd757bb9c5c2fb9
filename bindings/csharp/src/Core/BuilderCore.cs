using System;

namespace WombatDb
{
    /// <summary>A builder of a table file, on memory that the caller has pinned.</summary>
    internal sealed unsafe class BuilderCore : IDisposable
    {
        private readonly OwnedHandle _handle;

        /// <summary>Begins a file with a native options object, which stays the caller's; 0: none.</summary>
        internal BuilderCore(string path, long options)
        {
            fixed (byte* text = Texts.Encode(path, "path"))
            {
                _handle = new OwnedHandle("table builder", Failure.Check(Raw.builder_open(text, options)), Raw.builder_destroy);
            }
        }

        public void Dispose()
        {
            _handle.Dispose();
        }

        internal void Put(byte* key, int keySize, byte* value, int valueSize)
        {
            long builder = _handle.Enter();
            try
            {
                Failure.Check(Raw.builder_put(builder, key, keySize, value, valueSize));
            }
            finally
            {
                _handle.Leave();
            }
        }

        /// <summary>Adds a put that expires at this time, microseconds since 1970; 0: never.</summary>
        internal void PutUntil(byte* key, int keySize, byte* value, int valueSize, long expiresAtMicros)
        {
            long builder = _handle.Enter();
            try
            {
                Failure.Check(Raw.builder_put_until(builder, key, keySize, value, valueSize, expiresAtMicros));
            }
            finally
            {
                _handle.Leave();
            }
        }

        internal void Delete(byte* key, int keySize)
        {
            long builder = _handle.Enter();
            try
            {
                Failure.Check(Raw.builder_delete(builder, key, keySize));
            }
            finally
            {
                _handle.Leave();
            }
        }

        /// <summary>How many entries were added, and about how large the file is.</summary>
        internal long Measure(out long fileSize)
        {
            long builder = _handle.Enter();
            try
            {
                long size = 0;
                long entries = Failure.Check(Raw.builder_size(builder, (byte*)&size));
                fileSize = size;
                return entries;
            }
            finally
            {
                _handle.Leave();
            }
        }

        internal void Finish()
        {
            long builder = _handle.Enter();
            try
            {
                Failure.Check(Raw.builder_finish(builder));
            }
            finally
            {
                _handle.Leave();
            }
        }
    }
}
