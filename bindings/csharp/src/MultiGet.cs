using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace WombatDb
{
    /// <summary>One look-up of many keys, packed.</summary>
    internal sealed unsafe class MultiGet
    {
        private const int AnswerSizeExpected = 256;
        private const int AnswersSizeMax = 1 << 20;

        /// <summary>One call of the library, as <c>wombat_shim_multi_get_packed</c>.</summary>
        internal delegate long Call(byte* keys, int keysSize, byte* buffer, int capacity, byte* used);

        private readonly IReadOnlyList<byte[]> _keys;
        private readonly List<byte[]?> _values;
        private readonly byte[] _packed;
        private int _begin;
        private long _needed;

        internal MultiGet(IReadOnlyList<byte[]> keys)
        {
            _keys = keys;
            _values = new List<byte[]?>(keys.Count);
            _packed = Pack(keys);
        }

        /// <summary>Whether one call answers all keys; its answers are kept then, and forgotten otherwise.</summary>
        internal bool TryAtOnce(Call call)
        {
            if (ReadSome(call, AnswersSize))
            {
                return true;
            }
            _values.Clear();
            _begin = 0;
            return false;
        }

        /// <summary>The values of all keys, for which the library is asked as often as it takes.</summary>
        internal byte[]?[] InParts(Call call)
        {
            int size = AnswersSize;
            while (_values.Count < _keys.Count)
            {
                int before = _values.Count;
                ReadSome(call, size);
                if (_values.Count == before)
                {
                    size = checked((int)_needed);
                }
            }
            return _values.ToArray();
        }

        private int AnswersSize => (int)Math.Min((long)_keys.Count * AnswerSizeExpected, AnswersSizeMax);

        private static byte[] Pack(IReadOnlyList<byte[]> keys)
        {
            long size = 0;
            foreach (byte[] key in keys)
            {
                size += 4 + key.Length;
            }
            byte[] packed = new byte[size];
            int at = 0;
            foreach (byte[] key in keys)
            {
                fixed (byte* to = &packed[at])
                {
                    BatchCore.WriteInt(to, key.Length);
                }
                key.CopyTo(packed, at + 4);
                at += 4 + key.Length;
            }
            return packed;
        }

        /// <summary>Adds the values of the next keys, as many as fit. True when those are all.</summary>
        private bool ReadSome(Call call, int size)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                long used = 0;
                fixed (byte* keys = _packed, to = buffer)
                {
                    long done = Failure.Check(call(keys + _begin, _packed.Length - _begin, to, buffer.Length, (byte*)&used));
                    Parse(to, (int)done);
                }
                _needed = used;
                return _values.Count == _keys.Count;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        private void Parse(byte* answer, int count)
        {
            for (int i = 0; i < count; ++i)
            {
                var status = (WombatStatus)BinaryPrimitives.ReadInt32LittleEndian(new ReadOnlySpan<byte>(answer, 4));
                int size = BinaryPrimitives.ReadInt32LittleEndian(new ReadOnlySpan<byte>(answer + 4, 4));
                if (status < 0)
                {
                    throw new WombatException(status, 0, false, "one of the keys could not be read");
                }
                _begin += 4 + _keys[_values.Count].Length;
                _values.Add(status == WombatStatus.Ok ? new ReadOnlySpan<byte>(answer + 8, size).ToArray() : null);
                answer += 8 + size;
            }
        }
    }
}
