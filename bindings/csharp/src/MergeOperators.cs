using System;
using System.Buffers.Binary;

namespace WombatDb
{
    /// <summary>
    /// Names of the operators that every database has, for <see cref="WombatDatabase.Merge"/>, and the bytes of numbers that they
    /// take and leave.
    /// </summary>
    public static class MergeOperators
    {
        /// <summary>The sum of whole numbers, which wraps around.</summary>
        public const string Int64Add = "int64_add";

        /// <summary>The least of whole numbers.</summary>
        public const string Int64Min = "int64_min";

        /// <summary>The greatest of whole numbers.</summary>
        public const string Int64Max = "int64_max";

        /// <summary>The sum of floating-point numbers.</summary>
        public const string DoubleAdd = "double_add";

        /// <summary>The least of floating-point numbers.</summary>
        public const string DoubleMin = "double_min";

        /// <summary>The greatest of floating-point numbers.</summary>
        public const string DoubleMax = "double_max";

        /// <summary>The least of byte strings, in the order of keys.</summary>
        public const string BytesMin = "bytes_min";

        /// <summary>The greatest of byte strings, in the order of keys.</summary>
        public const string BytesMax = "bytes_max";

        /// <summary>The value with the operand behind it.</summary>
        public const string Append = "append";

        /// <summary>Bitwise or; the shorter one is as if zeros followed.</summary>
        public const string BitOr = "bit_or";

        /// <summary>The value stays as it is where there is one.</summary>
        public const string SetIfAbsent = "set_if_absent";

        /// <summary>The operator that appends with a separator between the two.</summary>
        public static string AppendWith(string separator) => Append + ":" + separator;

        /// <summary>A whole number as operand or value: 8 bytes, little-endian.</summary>
        public static byte[] FromInt64(long number)
        {
            byte[] bytes = new byte[sizeof(long)];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
            return bytes;
        }

        /// <summary>A floating-point number as operand or value: 8 bytes, little-endian.</summary>
        public static byte[] FromDouble(double number) => FromInt64(BitConverter.DoubleToInt64Bits(number));

        /// <summary>The whole number that a value is.</summary>
        /// <exception cref="FormatException">The value has another size.</exception>
        public static long ToInt64(ReadOnlySpan<byte> value) =>
            value.Length == sizeof(long)
                ? BinaryPrimitives.ReadInt64LittleEndian(value)
                : throw new FormatException($"a number has {sizeof(long)} bytes, not {value.Length}");

        /// <summary>The floating-point number that a value is.</summary>
        /// <exception cref="FormatException">The value has another size.</exception>
        public static double ToDouble(ReadOnlySpan<byte> value) => BitConverter.Int64BitsToDouble(ToInt64(value));
    }
}
