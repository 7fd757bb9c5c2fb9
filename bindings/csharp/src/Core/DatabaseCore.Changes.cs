using System;

namespace WombatDb
{
    internal sealed unsafe partial class DatabaseCore
    {
        private static readonly NameCache OperatorNames = new NameCache("merge operator");

        /// <summary>The name of a merge operator for the library.</summary>
        internal static byte[] EncodeOperator(string name)
        {
            return OperatorNames.Encode(name);
        }

        /// <summary>A size of -1 says that there is no bound.</summary>
        internal void DeleteRange(byte* lower, int lowerSize, byte* upper, int upperSize, int flags, int sync, long timeoutMicros)
        {
            Failure.Check(Raw.delete_range(_handle.Shared, lower, lowerSize, upper, upperSize, flags, sync, timeoutMicros));
            GC.KeepAlive(this);
        }

        internal void Merge(string operatorName, byte* key, int keySize, byte* operand, int operandSize, int flags, int sync,
            long timeoutMicros)
        {
            fixed (byte* name = EncodeOperator(operatorName))
            {
                Failure.Check(Raw.merge(_handle.Shared, name, key, keySize, operand, operandSize, flags, sync, timeoutMicros));
            }
            GC.KeepAlive(this);
        }

        internal bool PutIfAbsent(byte* key, int keySize, byte* value, int valueSize, int flags, int sync, long timeoutMicros,
            long ttlMillis)
        {
            long result = Raw.put_if_absent(_handle.Shared, key, keySize, value, valueSize, flags, sync, timeoutMicros, ttlMillis);
            GC.KeepAlive(this);
            return Failure.Check(result) == 0;
        }

        /// <summary>A size of -1 says that the key is, or shall be, absent.</summary>
        internal bool CompareAndSet(byte* key, int keySize, byte* expected, int expectedSize, byte* desired, int desiredSize,
            int flags, int sync, long timeoutMicros, long ttlMillis)
        {
            long result = Raw.compare_and_set(_handle.Shared, key, keySize, expected, expectedSize, desired, desiredSize, flags,
                sync, timeoutMicros, ttlMillis);
            GC.KeepAlive(this);
            return Failure.Check(result) == 0;
        }

        internal long FetchAdd(byte* key, int keySize, long delta, int flags, int sync, long timeoutMicros, long ttlMillis)
        {
            long before = 0;
            Failure.Check(Raw.fetch_add(_handle.Shared, key, keySize, delta, flags, sync, timeoutMicros, ttlMillis,
                (byte*)&before));
            GC.KeepAlive(this);
            return before;
        }
    }
}
