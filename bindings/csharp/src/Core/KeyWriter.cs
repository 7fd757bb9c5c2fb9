using System;
using System.Text;

namespace WombatDb
{
    /// <summary>
    /// Builds a key of typed parts, whose order as bytes is the order of the values: the first part decides, the next where the
    /// first are equal. The bytes are the same in all languages. As <c>wombat_key_append_...</c> in <c>wombat.h</c>.
    /// </summary>
    /// <example><code>byte[] key = new KeyWriter().Append("sensor").Append(DateTimeOffset.UtcNow).ToArray();</code></example>
    public sealed class KeyWriter
    {
        internal const long TicksPerMicrosecond = 10;
        internal static readonly long UnixEpochTicks = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

        private const ulong SignBit = 1UL << 63;
        private const ulong NotANumber = 0x7FF8000000000000;

        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        private byte[] _bytes = new byte[32];
        private int _size;

        /// <summary>The size of the key so far.</summary>
        public int Size
        {
            get { return _size; }
        }

        /// <summary>The key so far.</summary>
        public byte[] ToArray()
        {
            byte[] key = new byte[_size];
            Buffer.BlockCopy(_bytes, 0, key, 0, _size);
            return key;
        }

        /// <summary>Forgets all parts.</summary>
        public KeyWriter Clear()
        {
            _size = 0;
            return this;
        }

        /// <summary>Appends a number of 4 bytes.</summary>
        public KeyWriter Append(int value)
        {
            return AppendBigEndian((uint)value ^ 1U << 31, 4);
        }

        /// <summary>Appends a number of 8 bytes.</summary>
        public KeyWriter Append(long value)
        {
            return AppendBigEndian((ulong)value ^ SignBit, 8);
        }

        /// <summary>Appends a number of 4 bytes that is not negative.</summary>
        public KeyWriter Append(uint value)
        {
            return AppendBigEndian(value, 4);
        }

        /// <summary>Appends a number of 8 bytes that is not negative.</summary>
        public KeyWriter Append(ulong value)
        {
            return AppendBigEndian(value, 8);
        }

        /// <summary>Appends a number of <paramref name="width"/> bytes: 1, 2, 4 or 8.</summary>
        public KeyWriter AppendSigned(long value, int width)
        {
            CheckWidth(width);
            long above = value >> (8 * width - 1);
            if (above != 0 && above != -1)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value + " does not fit into " + width + " bytes");
            }
            return AppendBigEndian((ulong)value ^ 1UL << (8 * width - 1), width);
        }

        /// <summary>Appends a number that is not negative, of <paramref name="width"/> bytes: 1, 2, 4 or 8.</summary>
        public KeyWriter AppendUnsigned(ulong value, int width)
        {
            CheckWidth(width);
            if (width < 8 && value >> (8 * width) != 0)
            {
                throw new ArgumentOutOfRangeException(nameof(value), value + " does not fit into " + width + " bytes");
            }
            return AppendBigEndian(value, width);
        }

        /// <summary>Appends a bool; false comes first.</summary>
        public KeyWriter Append(bool value)
        {
            return AppendBigEndian(value ? 1U : 0U, 1);
        }

        /// <summary>Appends a floating-point number; -0 comes before 0, NaN behind infinity.</summary>
        public KeyWriter Append(double value)
        {
            ulong bits = double.IsNaN(value) ? NotANumber : (ulong)BitConverter.DoubleToInt64Bits(value);
            return AppendBigEndian((bits & SignBit) != 0 ? ~bits : bits | SignBit, 8);
        }

        /// <summary>Appends a point in time, cut to microseconds.</summary>
        public KeyWriter Append(DateTimeOffset value)
        {
            long ticks = value.UtcTicks - UnixEpochTicks;
            long rest = ticks % TicksPerMicrosecond;
            return Append((ticks - (rest < 0 ? rest + TicksPerMicrosecond : rest)) / TicksPerMicrosecond);
        }

        /// <summary>Appends a GUID, in the order of its text.</summary>
        public KeyWriter Append(Guid value)
        {
            return AppendFixed(SwapGuid(value.ToByteArray()));
        }

        /// <summary>Appends a text, in the order of its code points.</summary>
        public KeyWriter Append(string text)
        {
            try
            {
                return AppendBytes(Strict.GetBytes(text));
            }
            catch (EncoderFallbackException exception)
            {
                throw new ArgumentException("the text is not valid Unicode: half of a surrogate pair is missing", nameof(text), exception);
            }
        }

        /// <summary>Appends bytes of any number.</summary>
        public KeyWriter AppendBytes(byte[] data)
        {
            Reserve(2L * data.Length + 2);
            foreach (byte one in data)
            {
                _bytes[_size++] = one;
                if (one == 0)
                {
                    _bytes[_size++] = 0xFF;
                }
            }
            _bytes[_size++] = 0;
            _bytes[_size++] = 1;
            return this;
        }

        /// <summary>Appends bytes as they are: a part that always has the same size, or the last one.</summary>
        public KeyWriter AppendFixed(byte[] data)
        {
            Reserve(data.Length);
            Buffer.BlockCopy(data, 0, _bytes, _size, data.Length);
            _size += data.Length;
            return this;
        }

        internal static void CheckWidth(int width)
        {
            if (width != 1 && width != 2 && width != 4 && width != 8)
            {
                throw new ArgumentOutOfRangeException(nameof(width), "width is " + width + "; expected 1, 2, 4 or 8");
            }
        }

        /// <summary>Between the order of the text of a GUID and that in which .NET keeps it, which is its own inverse.</summary>
        internal static byte[] SwapGuid(byte[] bytes)
        {
            Array.Reverse(bytes, 0, 4);
            Array.Reverse(bytes, 4, 2);
            Array.Reverse(bytes, 6, 2);
            return bytes;
        }

        private KeyWriter AppendBigEndian(ulong value, int width)
        {
            Reserve(width);
            for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
            {
                _bytes[_size++] = (byte)(value >> shift);
            }
            return this;
        }

        private void Reserve(long more)
        {
            long needed = _size + more;
            if (needed > int.MaxValue / 2)
            {
                throw new ArgumentException("a key of " + needed + " bytes");
            }
            if (needed > _bytes.Length)
            {
                Array.Resize(ref _bytes, (int)Math.Max(needed, 2L * _bytes.Length));
            }
        }
    }
}
