using System;
using System.Text;

namespace WombatDb
{
    /// <summary>
    /// Reads the parts of a key in the order in which they were written. As <c>wombat_key_read_...</c> in <c>wombat.h</c>. Throws
    /// <see cref="FormatException"/> for what no <see cref="KeyWriter"/> writes.
    /// </summary>
    public sealed class KeyReader
    {
        private const ulong SignBit = 1UL << 63;

        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        private readonly byte[] _key;
        private int _position;

        /// <summary>Begins at the first part of a key, which must not be changed while it is read.</summary>
        public KeyReader(byte[] key)
        {
            _key = key ?? throw new ArgumentNullException(nameof(key));
        }

        /// <summary>Whether there is another part.</summary>
        public bool HasMore
        {
            get { return _position < _key.Length; }
        }

        /// <summary>The byte at which the next part begins.</summary>
        public int Position
        {
            get { return _position; }
        }

        /// <summary>Reads a number of 4 bytes.</summary>
        public int ReadInt32()
        {
            return (int)ReadSigned(4);
        }

        /// <summary>Reads a number of 8 bytes.</summary>
        public long ReadInt64()
        {
            return ReadSigned(8);
        }

        /// <summary>Reads a number of 4 bytes that is not negative.</summary>
        public uint ReadUInt32()
        {
            return (uint)ReadUnsigned(4);
        }

        /// <summary>Reads a number of 8 bytes that is not negative.</summary>
        public ulong ReadUInt64()
        {
            return ReadUnsigned(8);
        }

        /// <summary>Reads a number of <paramref name="width"/> bytes: 1, 2, 4 or 8.</summary>
        public long ReadSigned(int width)
        {
            return unchecked((long)(ReadUnsigned(width) - (1UL << (8 * width - 1))));
        }

        /// <summary>Reads a number that is not negative, of <paramref name="width"/> bytes: 1, 2, 4 or 8.</summary>
        public ulong ReadUnsigned(int width)
        {
            KeyWriter.CheckWidth(width);
            Need(width);
            ulong value = 0;
            for (int i = 0; i < width; ++i)
            {
                value = value << 8 | _key[_position++];
            }
            return value;
        }

        /// <summary>Reads a bool.</summary>
        public bool ReadBoolean()
        {
            int begin = _position;
            ulong value = ReadUnsigned(1);
            if (value > 1)
            {
                _position = begin;
                throw Malformed(begin, "a bool is 0 or 1, not " + value);
            }
            return value == 1;
        }

        /// <summary>Reads a floating-point number.</summary>
        public double ReadDouble()
        {
            ulong bits = ReadUnsigned(8);
            return BitConverter.Int64BitsToDouble((long)((bits & SignBit) != 0 ? bits ^ SignBit : ~bits));
        }

        /// <summary>Reads a point in time.</summary>
        public DateTimeOffset ReadDateTimeOffset()
        {
            int begin = _position;
            long micros = ReadInt64();
            long first = -KeyWriter.UnixEpochTicks / KeyWriter.TicksPerMicrosecond;
            long last = (DateTime.MaxValue.Ticks - KeyWriter.UnixEpochTicks) / KeyWriter.TicksPerMicrosecond;
            if (micros < first || micros > last)
            {
                _position = begin;
                throw Malformed(begin, "no point in time that .NET knows");
            }
            return new DateTimeOffset(KeyWriter.UnixEpochTicks + micros * KeyWriter.TicksPerMicrosecond, TimeSpan.Zero);
        }

        /// <summary>Reads a GUID.</summary>
        public Guid ReadGuid()
        {
            return new Guid(KeyWriter.SwapGuid(ReadFixed(16)));
        }

        /// <summary>Reads a text.</summary>
        public string ReadString()
        {
            int begin = _position;
            try
            {
                return Strict.GetString(ReadBytes());
            }
            catch (DecoderFallbackException)
            {
                _position = begin;
                throw Malformed(begin, "not valid UTF-8");
            }
        }

        /// <summary>Reads bytes that were written with <see cref="KeyWriter.AppendBytes"/>.</summary>
        public byte[] ReadBytes()
        {
            Need(1);
            byte[] part = new byte[_key.Length - _position];
            int size = 0;
            for (int at = _position; at + 1 < _key.Length; ++at)
            {
                if (_key[at] != 0)
                {
                    part[size++] = _key[at];
                    continue;
                }
                ++at;
                if (_key[at] == 1)
                {
                    _position = at + 1;
                    Array.Resize(ref part, size);
                    return part;
                }
                if (_key[at] != 0xFF)
                {
                    throw Malformed(at, "FF or 01 expected behind a zero byte");
                }
                part[size++] = 0;
            }
            throw Malformed(_position, "its end, 00 01, is missing");
        }

        /// <summary>Reads bytes that were written as they are.</summary>
        public byte[] ReadFixed(int size)
        {
            Need(size);
            byte[] part = new byte[size];
            Buffer.BlockCopy(_key, _position, part, 0, size);
            _position += size;
            return part;
        }

        /// <summary>Reads all bytes that are left.</summary>
        public byte[] ReadRest()
        {
            return ReadFixed(_key.Length - _position);
        }

        private void Need(int size)
        {
            int left = _key.Length - _position;
            if (size > left)
            {
                throw Malformed(_position, size + " bytes expected, " + left + " are there");
            }
        }

        private static FormatException Malformed(int position, string what)
        {
            return new FormatException("key part at byte " + position + ": " + what);
        }
    }
}
