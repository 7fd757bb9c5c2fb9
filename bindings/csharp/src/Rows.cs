using System;
using System.Collections;
using System.Collections.Generic;

namespace WombatDb
{
    /// <summary>
    /// Rows for a loop: each <c>foreach</c> reads anew, at its own moment, and frees what it needs however it ends. The loop itself
    /// makes no garbage; as <see cref="IEnumerable{T}"/>, for LINQ, each row is copied.
    /// </summary>
    public readonly struct Rows : IEnumerable<KeyValuePair<byte[], byte[]>>
    {
        private readonly WombatDatabase? _keyspace;
        private readonly WombatTransaction? _transaction;
        private readonly IteratorOptions _options;

        /// <summary>Of a keyspace, as a transaction sees it if there is one; then the keyspace may be null.</summary>
        internal Rows(WombatDatabase? keyspace, WombatTransaction? transaction, in IteratorOptions options)
        {
            _keyspace = keyspace;
            _transaction = transaction;
            _options = options;
        }

        /// <summary>For <c>foreach</c>.</summary>
        public Enumerator GetEnumerator() => new(Open());

        IEnumerator<KeyValuePair<byte[], byte[]>> IEnumerable<KeyValuePair<byte[], byte[]>>.GetEnumerator()
        {
            foreach (WombatIterator row in Cursors())
            {
                if (!row.IsValueLeft)
                {
                    yield return new KeyValuePair<byte[], byte[]>(row.Key.ToArray(), row.Value.ToArray());
                }
                else if (row.TryReadValue(out byte[]? value)) // else it has expired meanwhile
                {
                    yield return new KeyValuePair<byte[], byte[]>(row.Key.ToArray(), value);
                }
            }
        }

        IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<KeyValuePair<byte[], byte[]>>)this).GetEnumerator();

        private WombatIterator Open() =>
            _transaction == null ? _keyspace!.CreateIterator(_options) : _transaction.CreateIterator(_options, _keyspace);

        private IEnumerable<WombatIterator> Cursors()
        {
            using WombatIterator cursor = Open();
            while (cursor.Next())
            {
                yield return cursor;
            }
        }

        /// <summary>Walks the rows.</summary>
        public readonly struct Enumerator : IDisposable
        {
            private readonly WombatIterator _cursor;

            internal Enumerator(WombatIterator cursor) => _cursor = cursor;

            /// <summary>The present row.</summary>
            public Row Current => new(_cursor);

            /// <summary>Moves to the next row; false when there is none.</summary>
            public bool MoveNext() => _cursor.Next();

            /// <summary>Frees the cursor.</summary>
            public void Dispose() => _cursor.Dispose();
        }
    }

    /// <summary>The row that a loop is at. It is overwritten by the next turn.</summary>
    public readonly ref struct Row
    {
        private readonly WombatIterator _cursor;

        internal Row(WombatIterator cursor) => _cursor = cursor;

        /// <summary>The key.</summary>
        public ReadOnlySpan<byte> Key => _cursor.Key;

        /// <summary>The value; empty where <see cref="IteratorOptions.LazyValues"/> has left it in a value file.</summary>
        public ReadOnlySpan<byte> Value => _cursor.Value;

        /// <summary>The size of the value, also where it was left in a value file.</summary>
        public int ValueSize => _cursor.ValueSize;

        /// <summary>
        /// Copies the value, wherever it is, as <see cref="WombatIterator.TryReadValue(Span{byte}, out int)"/> does.
        /// </summary>
        public bool TryReadValue(Span<byte> buffer, out int size) => _cursor.TryReadValue(buffer, out size);

        /// <summary>The key and the value, for <c>foreach (var (key, value) in rows)</c>.</summary>
        public void Deconstruct(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
        {
            key = Key;
            value = Value;
        }
    }
}
