using System;
using System.Text;

namespace WombatDb
{
    /// <summary>Makes exceptions of results of the raw layer.</summary>
    internal static unsafe class Failure
    {
        private const int MessageOffset = 16;

        /// <summary>Passes on a result; throws when it is a failure.</summary>
        internal static long Check(long result)
        {
            if (result < Constants.ShimNone)
            {
                throw Take(result);
            }
            return result;
        }

        /// <summary>The exception of a failure: what was closed is disposed, as .NET calls it.</summary>
        internal static Exception Take(long failure)
        {
            byte* record = stackalloc byte[Constants.ShimErrorSize];
            Raw.take_error(failure, record);
            int* numbers = (int*)record;
            string message = Texts.Read(record + MessageOffset);
            WombatStatus status = (WombatStatus)numbers[0];
            if (status == WombatStatus.Closed)
            {
                return new ObjectDisposedException("database", message);
            }
            return new WombatException(status, numbers[1], numbers[2] != 0, message);
        }

        internal static WombatException Invalid(string message)
        {
            return new WombatException(WombatStatus.InvalidArgument, 0, false, message);
        }

        internal static WombatException TooLarge(string what, long size, long sizeMax)
        {
            return new WombatException(WombatStatus.TooLarge, 0, false,
                what + " has " + size + " bytes; at most " + sizeMax + " are allowed");
        }
    }
}
