using System;

namespace WombatDb
{
    /// <summary>
    /// A batch. Operations are collected in an array, in the packed layout of <c>wombat_batch_add_packed</c>, and handed to the
    /// library many at a time.
    /// </summary>
    internal sealed unsafe class BatchCore : IDisposable
    {
        internal delegate long Call(long batch);

        private const int HeadSize = 12;
        private const int StageSizeMax = 128 * 1024; // holds every delete

        private readonly OwnedHandle _handle;
        private byte[] _stage = new byte[1024];
        private int _size;

        internal BatchCore()
        {
            _handle = new OwnedHandle("write batch", Failure.Check(Raw.batch_create()), Raw.batch_destroy);
        }

        public void Dispose()
        {
            _handle.Dispose();
        }

        internal void Add(bool isPut, byte* key, int keySize, byte* value, int valueSize)
        {
            if (keySize > Constants.KeySizeMax)
            {
                throw Failure.TooLarge("key", keySize, Constants.KeySizeMax);
            }
            if (valueSize > Constants.ValueSizeMax)
            {
                throw Failure.TooLarge("value", valueSize, Constants.ValueSizeMax);
            }
            long batch = _handle.Enter();
            try
            {
                long size = (long)HeadSize + keySize + valueSize;
                if (_size + size > StageSizeMax)
                {
                    Flush(batch);
                }
                if (size > StageSizeMax)
                {
                    Failure.Check(Raw.batch_put(batch, key, keySize, value, valueSize));
                }
                else
                {
                    Stage(isPut, key, keySize, value, valueSize);
                }
            }
            finally
            {
                _handle.Leave();
            }
        }

        /// <summary>Adds a put that expires. The packed layout has no room for the time: it crosses by itself.</summary>
        internal void AddExpiring(byte* key, int keySize, byte* value, int valueSize, long ttlMillis)
        {
            long batch = _handle.Enter();
            try
            {
                Flush(batch);
                Failure.Check(Raw.batch_put_ttl(batch, key, keySize, value, valueSize, ttlMillis));
            }
            finally
            {
                _handle.Leave();
            }
        }

        /// <summary>Adds a put that expires at this time, microseconds since 1970; 0: never.</summary>
        internal void AddUntil(byte* key, int keySize, byte* value, int valueSize, long expiresAtMicros)
        {
            long batch = _handle.Enter();
            try
            {
                Flush(batch);
                Failure.Check(Raw.batch_put_until(batch, key, keySize, value, valueSize, expiresAtMicros));
            }
            finally
            {
                _handle.Leave();
            }
        }

        internal void AddMerge(string operatorName, byte* key, int keySize, byte* operand, int operandSize)
        {
            byte[] name = DatabaseCore.EncodeOperator(operatorName);
            long batch = _handle.Enter();
            try
            {
                Flush(batch);
                fixed (byte* text = name)
                {
                    Failure.Check(Raw.batch_merge(batch, text, key, keySize, operand, operandSize));
                }
            }
            finally
            {
                _handle.Leave();
            }
        }

        /// <summary>A size of -1 says that there is no bound.</summary>
        internal void AddDeleteRange(byte* lower, int lowerSize, byte* upper, int upperSize)
        {
            long batch = _handle.Enter();
            try
            {
                Flush(batch);
                Failure.Check(Raw.batch_delete_range(batch, lower, lowerSize, upper, upperSize));
            }
            finally
            {
                _handle.Leave();
            }
        }

        internal void Clear()
        {
            long batch = _handle.Enter();
            try
            {
                _size = 0;
                Failure.Check(Raw.batch_clear(batch));
            }
            finally
            {
                _handle.Leave();
            }
        }

        /// <summary>Runs a call on the batch with all its operations.</summary>
        internal long Run(Call call)
        {
            long batch = _handle.Enter();
            try
            {
                Flush(batch);
                return Failure.Check(call(batch));
            }
            finally
            {
                _handle.Leave();
            }
        }

        private void Stage(bool isPut, byte* key, int keySize, byte* value, int valueSize)
        {
            int end = _size + HeadSize + keySize + valueSize;
            if (end > _stage.Length)
            {
                Array.Resize(ref _stage, Math.Max(end, 2 * _stage.Length));
            }
            fixed (byte* to = &_stage[_size])
            {
                WriteInt(to, isPut ? 1 : 0);
                WriteInt(to + 4, keySize);
                WriteInt(to + 8, valueSize);
                Buffer.MemoryCopy(key, to + HeadSize, keySize, keySize);
                Buffer.MemoryCopy(value, to + HeadSize + keySize, valueSize, valueSize);
            }
            _size = end;
        }

        private void Flush(long batch)
        {
            if (_size == 0)
            {
                return;
            }
            fixed (byte* operations = _stage)
            {
                Failure.Check(Raw.batch_add_packed(batch, operations, _size));
            }
            _size = 0;
        }

        /// <summary>Little-endian, not aligned.</summary>
        internal static void WriteInt(byte* to, int value)
        {
            to[0] = (byte)value;
            to[1] = (byte)(value >> 8);
            to[2] = (byte)(value >> 16);
            to[3] = (byte)(value >> 24);
        }
    }
}
