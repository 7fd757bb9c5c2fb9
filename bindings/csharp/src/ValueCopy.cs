using System;
using System.Diagnostics.CodeAnalysis;

namespace WombatDb
{
    /// <summary>Where values are read: a database at a moment, or a transaction.</summary>
    internal interface IValueSource
    {
        /// <summary>The size of the value, -1 when the key is absent. More than the buffer has: nothing was copied.</summary>
        int Read(ReadOnlySpan<byte> key, Span<byte> buffer);
    }

    /// <summary>Reads of values whose size nobody knows before.</summary>
    internal static class ValueCopy
    {
        /// <summary>Values up to this size are read into the stack before an array of their size is made.</summary>
        private const int SizeExpected = 1024;

        /// <summary>Gives a copy of the value; false when the key is absent.</summary>
        internal static bool TryMake<TSource>(in TSource source, ReadOnlySpan<byte> key, [NotNullWhen(true)] out byte[]? value)
            where TSource : struct, IValueSource
        {
            Span<byte> buffer = stackalloc byte[SizeExpected];
            int size = source.Read(key, buffer);
            if (size <= buffer.Length)
            {
                value = size < 0 ? null : buffer[..size].ToArray();
                return size >= 0;
            }
            value = new byte[size];
            // The value may change between two tries.
            while ((size = source.Read(key, value)) > value.Length)
            {
                value = new byte[size];
            }
            if (size < 0)
            {
                value = null;
                return false;
            }
            if (size < value.Length)
            {
                Array.Resize(ref value, size);
            }
            return true;
        }
    }
}
