using System;
using System.Runtime.InteropServices;

namespace WombatDb
{
    /// <summary>
    /// A cursor that fetches packed rows many at a time and walks them. Rows lie in an array of .NET: closing it while another
    /// thread reads harms nobody.
    /// </summary>
    internal sealed unsafe class CursorCore : IDisposable
    {
        // A batch begins small, because many cursors look at a few rows only, and grows with every further one.
        private const int RowsFirst = 16;
        private const int RowsMax = 4096;
        private const int BatchSizeFirst = 4 * 1024;
        private const int BatchSizeUsual = 16 * 1024; // stays in the innermost cache
        private const int RowHeadSize = 8;

        private static readonly byte[] NoBytes = new byte[0];

        private readonly object _source; // kept alive: what is collected is closed
        private readonly OwnedHandle _handle;
        private byte[] _rows = NoBytes;
        private int _end;
        private int _next;
        private bool _isForward = true;
        private bool _isAtEnd;
        private readonly int _flags; // those of the library
        private int _wanted = RowsFirst;

        /// <summary>A size of -1 says that there is no such bound.</summary>
        internal CursorCore(DatabaseCore database, long snapshot, int flags, byte* lower, int lowerSize, byte* upper, int upperSize,
            byte* prefix, int prefixSize, long readaheadSize)
        {
            _flags = flags;
            _source = database;
            _handle = Own(Raw.iterator_create(database.Number, snapshot, flags, lower, lowerSize, upper, upperSize, prefix,
                prefixSize, readaheadSize));
            GC.KeepAlive(database);
        }

        /// <summary>Of what a transaction sees in a keyspace; 0: its own.</summary>
        internal CursorCore(TransactionCore transaction, long keyspace, int flags, byte* lower, int lowerSize, byte* upper,
            int upperSize, byte* prefix, int prefixSize, long readaheadSize)
        {
            _flags = flags;
            _source = transaction;
            _handle = Own(Raw.txn_iterator_create(transaction.Number, keyspace, flags, lower, lowerSize, upper, upperSize, prefix,
                prefixSize, readaheadSize));
            GC.KeepAlive(transaction);
        }

        /// <summary>Where the present row is in <see cref="Rows"/>.</summary>
        internal int KeyOffset { get; private set; }

        internal int KeySize { get; private set; }

        /// <summary>Also where the value was left in a value file; 0 with keys only.</summary>
        internal int ValueSize { get; private set; }

        /// <summary>Whether the value was left in a value file.</summary>
        internal bool IsValueLeft { get; private set; }

        /// <summary>Whether the value is in <see cref="Rows"/>.</summary>
        internal bool HasValue
        {
            get { return !IsValueLeft && (_flags & Constants.ReadKeysOnly) == 0; }
        }

        internal bool IsOnRow { get; private set; }

        internal byte[] Rows
        {
            get { return _rows; }
        }

        internal int ValueOffset
        {
            get { return KeyOffset + KeySize; }
        }

        public void Dispose()
        {
            // Rows lie in an array of .NET: when another thread sees this late, or shows a row once more, nobody is harmed.
            IsOnRow = false;
            _end = 0;
            _handle.Dispose();
        }

        internal void CheckRow()
        {
            if (!IsOnRow)
            {
                Refuse();
            }
        }

        /// <summary>
        /// When the present row expires, microseconds since 1970; 0: never; -1: it has, since it was fetched. Rows that were fetched
        /// ahead are fetched again afterwards: few first, then more.
        /// </summary>
        internal long Expiry()
        {
            CheckRow();
            long cursor = _handle.Enter();
            try
            {
                ArraySegment<byte> key = PresentKey();
                fixed (byte* rows = key.Array)
                {
                    return Failure.Check(Raw.iterator_expiry(cursor, rows + key.Offset, key.Count, IsLast, Direction));
                }
            }
            finally
            {
                LeaveOnPresentRow();
            }
        }

        /// <summary>
        /// Copies the value of the present row, wherever it is; gives its size, -1 when the row has expired since it was fetched. More
        /// than the capacity: nothing was copied. What was left in a value file is read now; rows that were fetched ahead are fetched
        /// again afterwards.
        /// </summary>
        internal int ReadValue(byte* buffer, int capacity)
        {
            CheckRow();
            if (HasValue)
            {
                int size = ValueSize;
                if (size <= capacity && size != 0)
                {
                    Marshal.Copy(_rows, ValueOffset, new IntPtr(buffer), size);
                }
                return size;
            }
            long cursor = _handle.Enter();
            try
            {
                ArraySegment<byte> key = PresentKey();
                fixed (byte* rows = key.Array)
                {
                    return (int)Failure.Check(Raw.iterator_value(cursor, rows + key.Offset, key.Count, IsLast, Direction, buffer,
                        capacity));
                }
            }
            finally
            {
                LeaveOnPresentRow();
            }
        }

        /// <summary>Moves to where one of Constants.Shim... says.</summary>
        internal bool MoveTo(int move, byte* target, int targetSize, bool isForward)
        {
            _isForward = isForward;
            _isAtEnd = false;
            _wanted = RowsFirst;
            return Fetch(move, target, targetSize);
        }

        internal bool Step(bool isForward)
        {
            if (isForward == _isForward && _next < _end)
            {
                Show();
                return true;
            }
            return StepFurther(isForward);
        }

        /// <summary>Checked as one: two threads that move one cursor, against its rules, get an exception.</summary>
        private ArraySegment<byte> PresentKey()
        {
            return new ArraySegment<byte>(_rows, KeyOffset, KeySize);
        }

        /// <summary>1 when the present row is the last that was fetched: the library's cursor stands there.</summary>
        private int IsLast
        {
            get { return _next == _end ? 1 : 0; }
        }

        private int Direction
        {
            get { return _isForward ? Constants.Forward : Constants.Backward; }
        }

        /// <summary>What is added to the direction of reads.</summary>
        private int Leaves
        {
            get
            {
                int parts = _flags & (Constants.ReadLazyValues | Constants.ReadKeysOnly);
                return parts == Constants.ReadLazyValues ? Constants.ShimLeaveValues : 0;
            }
        }

        /// <summary>Ends a call for which the library's cursor was brought back to the present row.</summary>
        private void LeaveOnPresentRow()
        {
            _handle.Leave();
            _end = _next;
            _wanted = 1;
            GC.KeepAlive(_source);
        }

        private static OwnedHandle Own(long iterator)
        {
            return new OwnedHandle("iterator", Failure.Check(iterator), Raw.iterator_destroy);
        }

        private void Refuse()
        {
            _handle.CheckOpen();
            throw new InvalidOperationException("the cursor is not on a row");
        }

        private bool StepFurther(bool isForward)
        {
            _handle.CheckOpen();
            if (isForward != _isForward)
            {
                return Turn(isForward);
            }
            if (_isAtEnd)
            {
                IsOnRow = false;
                return false;
            }
            return Fetch(Constants.ShimContinue, null, 0);
        }

        /// <summary>
        /// The other way: from the present row, to which the library must be brought back, or from the end that was passed.
        /// </summary>
        private bool Turn(bool isForward)
        {
            bool wasAtEnd = _isAtEnd;
            _isForward = isForward;
            _isAtEnd = false;
            if (IsOnRow)
            {
                byte[] key = new byte[KeySize + 1];
                Buffer.BlockCopy(_rows, KeyOffset, key, 0, KeySize);
                fixed (byte* target = key)
                {
                    int move = isForward ? Constants.ShimSeek : Constants.ShimSeekForPrev;
                    return Fetch(move, target, key.Length - 1) && Step(isForward);
                }
            }
            if (wasAtEnd)
            {
                return Fetch(isForward ? Constants.ShimFirst : Constants.ShimLast, null, 0);
            }
            return Fetch(Constants.ShimContinue, null, 0);
        }

        private void Show()
        {
            KeySize = ReadInt(_rows, _next);
            // Bit 31 says that the value was left in a value file, and does not follow.
            int size = ReadInt(_rows, _next + 4);
            ValueSize = size & int.MaxValue;
            IsValueLeft = size < 0;
            KeyOffset = _next + RowHeadSize;
            _next = ValueOffset + (size & ~(size >> 31));
            IsOnRow = true;
        }

        /// <summary>Gets the next batch of rows, and stands on its first.</summary>
        private bool Fetch(int move, byte* target, int targetSize)
        {
            IsOnRow = false;
            _next = 0;
            _end = 0;
            long cursor = _handle.Enter();
            try
            {
                Reserve(_wanted == RowsFirst ? BatchSizeFirst : BatchSizeUsual);
                long used;
                long count;
                while ((count = Read(cursor, move, target, targetSize, out used)) == 0)
                {
                    Reserve((int)used);
                }
                if (count < 0)
                {
                    _isAtEnd = true;
                    return false;
                }
                _end = (int)used;
            }
            finally
            {
                _handle.Leave();
                GC.KeepAlive(_source);
            }
            _wanted = Math.Min(2 * _wanted, RowsMax);
            Show();
            return true;
        }

        private long Read(long cursor, int move, byte* target, int targetSize, out long used)
        {
            long size = 0;
            int direction = Direction | Leaves;
            fixed (byte* buffer = _rows)
            {
                long count = Raw.iterator_read(cursor, move, target, targetSize, direction, _wanted, buffer, _rows.Length,
                    (byte*)&size);
                used = size;
                return Failure.Check(count);
            }
        }

        private void Reserve(int size)
        {
            if (_rows.Length < size)
            {
                _rows = new byte[size];
            }
        }

        /// <summary>
        /// Little-endian, not aligned. By index and not by pointer: two threads that move one cursor, against its rules, get an
        /// exception and not memory that is not theirs.
        /// </summary>
        private static int ReadInt(byte[] from, int at)
        {
            if (BitConverter.IsLittleEndian)
            {
                return BitConverter.ToInt32(from, at);
            }
            return from[at] | from[at + 1] << 8 | from[at + 2] << 16 | from[at + 3] << 24;
        }
    }
}
