using System;
using System.Diagnostics.CodeAnalysis;

namespace WombatDb
{
    /// <summary>
    /// A cursor over rows in key order, at one moment. It starts before the first row. Rows are fetched many at a time: a step is
    /// seldom a call of the library. One thread at a time may use it; any may dispose it.
    /// </summary>
    /// <example><code>
    /// using var rows = db.CreateIterator();
    /// while (rows.Next())
    /// {
    ///     Use(rows.Key, rows.Value);
    /// }
    /// </code></example>
    public sealed unsafe class WombatIterator : IDisposable
    {
        private readonly CursorCore _core;

        internal WombatIterator(DatabaseCore database, in IteratorOptions options)
        {
            fixed (byte* lower = options.Lower, upper = options.Upper, prefix = options.Prefix)
            {
                _core = new CursorCore(database, options.SnapshotNumber, options.Flags, lower, SizeOf(options.Lower), upper,
                    SizeOf(options.Upper), prefix, SizeOf(options.Prefix), options.Readahead);
            }
            GC.KeepAlive(options.Snapshot);
        }

        /// <summary>Of what a transaction sees in a keyspace; 0: its own.</summary>
        internal WombatIterator(TransactionCore transaction, long keyspace, in IteratorOptions options)
        {
            if (!options.IsOfTheNewestState)
            {
                throw Failure.Invalid("a transaction reads at its own moment; Snapshot, AsOfTimestamp and AsOfTime must not be set");
            }
            fixed (byte* lower = options.Lower, upper = options.Upper, prefix = options.Prefix)
            {
                _core = new CursorCore(transaction, keyspace, options.Flags, lower, SizeOf(options.Lower), upper,
                    SizeOf(options.Upper), prefix, SizeOf(options.Prefix), options.Readahead);
            }
        }

        /// <summary>Whether the cursor stands on a row.</summary>
        public bool IsValid => _core.IsOnRow;

        /// <summary>The key of the present row. It is overwritten by the next move.</summary>
        public ReadOnlySpan<byte> Key
        {
            get
            {
                _core.CheckRow();
                return _core.Rows.AsSpan(_core.KeyOffset, _core.KeySize);
            }
        }

        /// <summary>
        /// The value of the present row; empty where <see cref="IteratorOptions.LazyValues"/> has left it in a value file. It is
        /// overwritten by the next move.
        /// </summary>
        public ReadOnlySpan<byte> Value
        {
            get
            {
                _core.CheckRow();
                return _core.Rows.AsSpan(_core.ValueOffset, _core.IsValueLeft ? 0 : _core.ValueSize);
            }
        }

        /// <summary>
        /// Whether the value of the present row is at hand. It is not where <see cref="IteratorOptions.LazyValues"/> has left it in a
        /// value file, nor with <see cref="IteratorOptions.KeysOnly"/>; then TryReadValue reads it.
        /// </summary>
        public bool HasValue
        {
            get
            {
                _core.CheckRow();
                return _core.HasValue;
            }
        }

        /// <summary>
        /// The size of the value of the present row, also where it was left in a value file. With keys only it is not known, and 0.
        /// </summary>
        public int ValueSize
        {
            get
            {
                _core.CheckRow();
                return _core.ValueSize;
            }
        }

        /// <summary>
        /// Gives a copy of the value of the present row, wherever it is; false when the row has expired since it was fetched. What was
        /// left in a value file is read now, and rows that were fetched ahead are fetched again afterwards: few first, then more. After
        /// a failure the cursor stays where it is, and another try is allowed.
        /// </summary>
        public bool TryReadValue([NotNullWhen(true)] out byte[]? value)
        {
            value = new byte[ValueSize];
            while (TryReadValue(value, out int size))
            {
                if (size == value.Length)
                {
                    return true;
                }
                value = new byte[size];
            }
            value = null;
            return false;
        }

        /// <summary>
        /// Copies the value of the present row, wherever it is, as the other form does. <paramref name="size"/> becomes its size: when
        /// that is more than <paramref name="buffer"/> has, nothing was copied. Allocates nothing.
        /// </summary>
        public bool TryReadValue(Span<byte> buffer, out int size)
        {
            fixed (byte* to = buffer)
            {
                size = _core.ReadValue(to, buffer.Length);
            }
            if (size >= 0)
            {
                return true;
            }
            size = 0;
            return false;
        }

        internal bool IsValueLeft => _core.IsValueLeft;

        /// <summary>
        /// When the present row expires; null: never. False when it has expired since it was fetched. Rows that were fetched ahead are
        /// fetched again afterwards: few first, then more.
        /// </summary>
        public bool TryGetExpiry(out DateTimeOffset? expiry) => Expiries.TryRead(_core.Expiry(), out expiry);

        /// <summary>Moves to the first row; false when there is none.</summary>
        public bool First() => _core.MoveTo(Constants.ShimFirst, null, 0, true);

        /// <summary>Moves to the last row; false when there is none.</summary>
        public bool Last() => _core.MoveTo(Constants.ShimLast, null, 0, false);

        /// <summary>Moves to the first row whose key is <paramref name="target"/> or greater; false when there is none.</summary>
        public bool Seek(ReadOnlySpan<byte> target)
        {
            fixed (byte* bytes = target)
            {
                return _core.MoveTo(Constants.ShimSeek, bytes, target.Length, true);
            }
        }

        /// <summary>Moves to the last row whose key is <paramref name="target"/> or less; false when there is none.</summary>
        public bool SeekForPrev(ReadOnlySpan<byte> target)
        {
            fixed (byte* bytes = target)
            {
                return _core.MoveTo(Constants.ShimSeekForPrev, bytes, target.Length, false);
            }
        }

        /// <summary>Moves to the next row, on a new cursor the first; false when there is none.</summary>
        public bool Next() => _core.Step(true);

        /// <summary>Moves to the row before, on a new cursor the last; false when there is none.</summary>
        public bool Prev() => _core.Step(false);

        /// <summary>Frees the cursor. The second and later calls do nothing.</summary>
        public void Dispose() => _core.Dispose();

        private static int SizeOf(byte[]? bound) => bound == null ? -1 : bound.Length;
    }
}
