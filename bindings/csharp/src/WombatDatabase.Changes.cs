using System;

namespace WombatDb
{
    public sealed unsafe partial class WombatDatabase
    {
        /// <summary>
        /// Removes the keys from <paramref name="lower"/> on and before <paramref name="upper"/>; null: no bound on that side. It costs
        /// the same however many there are.
        /// </summary>
        public void DeleteRange(byte[]? lower, byte[]? upper, WriteOptions options = default)
        {
            fixed (byte* lowerBytes = lower, upperBytes = upper)
            {
                _core.DeleteRange(lowerBytes, lower?.Length ?? -1, upperBytes, upper?.Length ?? -1, options.Flags, (int)options.Sync,
                    options.TimeoutMicros);
            }
        }

        /// <summary>
        /// Changes a value without reading it: readers find what the operator makes of it. Where the key is absent the operand becomes
        /// the value.
        /// </summary>
        /// <param name="operatorName">One of <see cref="MergeOperators"/>.</param>
        /// <param name="key">The key.</param>
        /// <param name="operand">What the operator takes: <see cref="MergeOperators.FromInt64"/> and others make it.</param>
        /// <param name="options">How to write.</param>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.InvalidArgument"/> for an operator that is not known, or an operand that it does not take. A value
        /// that does not fit is found by reads: <see cref="WombatStatus.MergeFailed"/>, until the key is put or deleted.
        /// </exception>
        public void Merge(string operatorName, ReadOnlySpan<byte> key, ReadOnlySpan<byte> operand, WriteOptions options = default)
        {
            fixed (byte* keyBytes = key, operandBytes = operand)
            {
                _core.Merge(operatorName, keyBytes, key.Length, operandBytes, operand.Length, options.Flags, (int)options.Sync,
                    options.TimeoutMicros);
            }
        }

        /// <summary>Stores a value if the key is absent; false when it is there.</summary>
        public bool PutIfAbsent(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, WriteOptions options = default)
        {
            fixed (byte* keyBytes = key, valueBytes = value)
            {
                return _core.PutIfAbsent(keyBytes, key.Length, valueBytes, value.Length, options.Flags, (int)options.Sync,
                    options.TimeoutMicros, options.TtlMillis);
            }
        }

        /// <summary>
        /// Replaces the value of a key, if it is <paramref name="expected"/>, by <paramref name="desired"/>; null: the key is, or shall
        /// be, absent. False when the value is another.
        /// </summary>
        public bool CompareAndSet(ReadOnlySpan<byte> key, byte[]? expected, byte[]? desired, WriteOptions options = default)
        {
            fixed (byte* keyBytes = key, expectedBytes = expected, desiredBytes = desired)
            {
                return _core.CompareAndSet(keyBytes, key.Length, expectedBytes, expected?.Length ?? -1, desiredBytes,
                    desired?.Length ?? -1, options.Flags, (int)options.Sync, options.TimeoutMicros, options.TtlMillis);
            }
        }

        /// <summary>
        /// Adds to the number under a key, 8 bytes little-endian, 0 when absent, and gives what it was before. It wraps around.
        /// </summary>
        /// <exception cref="WombatException"><see cref="WombatStatus.MergeFailed"/> when the value has another size.</exception>
        public long FetchAdd(ReadOnlySpan<byte> key, long delta, WriteOptions options = default)
        {
            fixed (byte* keyBytes = key)
            {
                return _core.FetchAdd(keyBytes, key.Length, delta, options.Flags, (int)options.Sync, options.TimeoutMicros,
                    options.TtlMillis);
            }
        }
    }
}
