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

        private readonly WombatDatabase _database;
        private readonly DatabaseCore _core;
        private readonly IReadOnlyList<byte[]> _keys;
        private readonly List<byte[]?> _values;
        private byte[] _packed = Array.Empty<byte>();
        private int _begin;
        private long _needed;

        internal MultiGet(WombatDatabase database, DatabaseCore core, IReadOnlyList<byte[]> keys)
        {
            _database = database;
            _core = core;
            _keys = keys;
            _values = new List<byte[]?>(keys.Count);
        }

        /// <summary>
        /// All keys are looked up at one moment. One call does that if the answers fit; if not, everything is asked for again, in a
        /// snapshot.
        /// </summary>
        internal byte[]?[] Run(ReadOptions options)
        {
            Pack();
            if (options.Snapshot != null)
            {
                ReadAll(options);
            }
            else if (!ReadSome(options, AnswersSize))
            {
                _values.Clear();
                _begin = 0;
                using Snapshot snapshot = _database.CreateSnapshot();
                ReadAll(options with { Snapshot = snapshot });
            }
            return _values.ToArray();
        }

        private int AnswersSize => (int)Math.Min((long)_keys.Count * AnswerSizeExpected, AnswersSizeMax);

        private void Pack()
        {
            long size = 0;
            foreach (byte[] key in _keys)
            {
                size += 4 + key.Length;
            }
            _packed = new byte[size];
            int at = 0;
            foreach (byte[] key in _keys)
            {
                fixed (byte* to = &_packed[at])
                {
                    BatchCore.WriteInt(to, key.Length);
                }
                key.CopyTo(_packed, at + 4);
                at += 4 + key.Length;
            }
        }

        private void ReadAll(ReadOptions options)
        {
            int size = AnswersSize;
            while (_values.Count < _keys.Count)
            {
                int before = _values.Count;
                ReadSome(options, size);
                if (_values.Count == before)
                {
                    size = checked((int)_needed);
                }
            }
        }

        /// <summary>Adds the values of the next keys, as many as fit. True when those are all.</summary>
        private bool ReadSome(ReadOptions options, int size)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
            try
            {
                long used = 0;
                fixed (byte* keys = _packed, to = buffer)
                {
                    long done = Failure.Check(Raw.multi_get_packed(_core.Number, keys + _begin, _packed.Length - _begin,
                        options.SnapshotNumber, options.Flags, options.TimeoutMicros, to, buffer.Length, (byte*)&used));
                    Parse(to, (int)done);
                }
                _needed = used;
                return _values.Count == _keys.Count;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
                GC.KeepAlive(_core);
                GC.KeepAlive(options.Snapshot);
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
