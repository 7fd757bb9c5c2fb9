using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WombatDb
{
    /// <summary>Turns values of a type into bytes and back.</summary>
    /// <param name="Encode">Makes bytes of a value.</param>
    /// <param name="Decode">Makes a value of bytes.</param>
    public sealed record ValueCodec<T>(Func<T, byte[]> Encode, Func<byte[], T> Decode);

    /// <summary>Codecs for values. They need no order: text is its plain UTF-8, numbers are little-endian.</summary>
    public static class ValueCodecs
    {
        /// <summary>Bytes as they are.</summary>
        public static ValueCodec<byte[]> Bytes { get; } = new(value => value, bytes => bytes);

        /// <summary>Texts as UTF-8.</summary>
        public static ValueCodec<string> Text { get; } = new(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);

        /// <summary>Numbers of 8 bytes, which <see cref="MergeOperators"/> understand.</summary>
        public static ValueCodec<long> Int64 { get; } = new(MergeOperators.FromInt64, bytes => MergeOperators.ToInt64(bytes));

        /// <summary>Floating-point numbers.</summary>
        public static ValueCodec<double> Double { get; } = new(MergeOperators.FromDouble, bytes => MergeOperators.ToDouble(bytes));

        /// <summary>Anything that System.Text.Json can write, with what its source generator made.</summary>
        public static ValueCodec<T> Json<T>(JsonTypeInfo<T> type) => new(
            value => JsonSerializer.SerializeToUtf8Bytes(value, type),
            bytes => JsonSerializer.Deserialize(bytes, type)!);

        /// <summary>Anything that System.Text.Json can write, by reflection.</summary>
        [RequiresUnreferencedCode("JSON by reflection; use the overload that takes a JsonTypeInfo in trimmed programs")]
        [RequiresDynamicCode("JSON by reflection; use the overload that takes a JsonTypeInfo in programs compiled ahead of time")]
        public static ValueCodec<T> Json<T>(JsonSerializerOptions? options = null) => new(
            value => JsonSerializer.SerializeToUtf8Bytes(value, options),
            bytes => JsonSerializer.Deserialize<T>(bytes, options)!);
    }

    /// <summary>Turns keys of a type into parts and back.</summary>
    /// <param name="Write">Appends the parts of a key.</param>
    /// <param name="Read">Reads them.</param>
    public sealed record KeyCodec<T>(Action<KeyWriter, T> Write, Func<KeyReader, T> Read);

    /// <summary>Codecs for keys. Keys are ordered as their values are.</summary>
    public static class KeyCodecs
    {
        /// <summary>Numbers of 4 bytes.</summary>
        public static KeyCodec<int> Int32 { get; } = new((key, value) => key.Append(value), key => key.ReadInt32());

        /// <summary>Numbers of 8 bytes.</summary>
        public static KeyCodec<long> Int64 { get; } = new((key, value) => key.Append(value), key => key.ReadInt64());

        /// <summary>Numbers of 8 bytes that are not negative.</summary>
        public static KeyCodec<ulong> UInt64 { get; } = new((key, value) => key.Append(value), key => key.ReadUInt64());

        /// <summary>Bools, false first.</summary>
        public static KeyCodec<bool> Boolean { get; } = new((key, value) => key.Append(value), key => key.ReadBoolean());

        /// <summary>Floating-point numbers, -0 before 0, NaN last.</summary>
        public static KeyCodec<double> Double { get; } = new((key, value) => key.Append(value), key => key.ReadDouble());

        /// <summary>Texts in the order of their code points.</summary>
        public static KeyCodec<string> Text { get; } = new((key, value) => key.Append(value), key => key.ReadString());

        /// <summary>Byte strings.</summary>
        public static KeyCodec<byte[]> Bytes { get; } = new((key, value) => key.AppendBytes(value), key => key.ReadBytes());

        /// <summary>GUIDs in the order of their text.</summary>
        public static KeyCodec<Guid> Guid { get; } = new((key, value) => key.Append(value), key => key.ReadGuid());

        /// <summary>Points in time, cut to microseconds.</summary>
        public static KeyCodec<DateTimeOffset> Timestamp { get; } =
            new((key, value) => key.Append(value), key => key.ReadDateTimeOffset());

        /// <summary>Keys of two parts.</summary>
        public static KeyCodec<(T1, T2)> Pair<T1, T2>(KeyCodec<T1> first, KeyCodec<T2> second) => new(
            (key, value) =>
            {
                first.Write(key, value.Item1);
                second.Write(key, value.Item2);
            },
            key => (first.Read(key), second.Read(key)));
    }

    /// <summary>
    /// A database, or the part of one whose keys begin with a prefix, as a map from keys to values of types. It owns nothing:
    /// dispose the database. No prefix of one store may be the beginning of another's.
    /// </summary>
    /// <remarks>
    /// Where a call takes a transaction, it is about the keyspace of this map, whatever the transaction was begun with.
    /// </remarks>
    public sealed class TypedStore<TKey, TValue> : IEnumerable<KeyValuePair<TKey, TValue>>
    {
        private readonly byte[] _prefix;
        private readonly KeyCodec<TKey> _keys;
        private readonly ValueCodec<TValue> _values;

        /// <summary>Makes a map of a database.</summary>
        public TypedStore(WombatDatabase database, KeyCodec<TKey> keys, ValueCodec<TValue> values, ReadOnlySpan<byte> prefix = default)
        {
            Database = database ?? throw new ArgumentNullException(nameof(database));
            _keys = keys ?? throw new ArgumentNullException(nameof(keys));
            _values = values ?? throw new ArgumentNullException(nameof(values));
            _prefix = prefix.ToArray();
        }

        /// <summary>The database behind this map.</summary>
        public WombatDatabase Database { get; }

        /// <summary>Stores a value under a key.</summary>
        public void Put(TKey key, TValue value, WriteOptions options = default) =>
            Database.Put(Encode(key), _values.Encode(value), options);

        /// <summary>Adds a put to a batch.</summary>
        public void Put(WriteBatch batch, TKey key, TValue value) => batch.Put(Encode(key), _values.Encode(value));

        /// <summary>Puts when a transaction commits. <paramref name="timeToLive"/> as <see cref="WriteOptions.TimeToLive"/>.</summary>
        public void Put(WombatTransaction transaction, TKey key, TValue value, TimeSpan timeToLive = default) =>
            transaction.Put(Encode(key), _values.Encode(value), timeToLive, Database);

        /// <summary>Stores a value if the key is absent; false when it is there.</summary>
        public bool PutIfAbsent(TKey key, TValue value, WriteOptions options = default) =>
            Database.PutIfAbsent(Encode(key), _values.Encode(value), options);

        /// <summary>Changes a value by one of <see cref="MergeOperators"/>, without reading it.</summary>
        public void Merge(string operatorName, TKey key, TValue operand, WriteOptions options = default) =>
            Database.Merge(operatorName, Encode(key), _values.Encode(operand), options);

        /// <summary>Adds a merge to a batch.</summary>
        public void Merge(WriteBatch batch, string operatorName, TKey key, TValue operand) =>
            batch.Merge(operatorName, Encode(key), _values.Encode(operand));

        /// <summary>Merges when a transaction commits.</summary>
        public void Merge(WombatTransaction transaction, string operatorName, TKey key, TValue operand) =>
            transaction.Merge(operatorName, Encode(key), _values.Encode(operand), Database);

        /// <summary>Removes a key. It need not be there.</summary>
        public void Delete(TKey key, WriteOptions options = default) => Database.Delete(Encode(key), options);

        /// <summary>Adds a delete to a batch.</summary>
        public void Delete(WriteBatch batch, TKey key) => batch.Delete(Encode(key));

        /// <summary>Removes a key when a transaction commits.</summary>
        public void Delete(WombatTransaction transaction, TKey key) => transaction.Delete(Encode(key), Database);

        /// <summary>Removes the keys from <paramref name="lower"/> on and before <paramref name="upper"/>.</summary>
        public void DeleteRange(TKey lower, TKey upper, WriteOptions options = default) =>
            Database.DeleteRange(Encode(lower), Encode(upper), options);

        /// <summary>Removes such a range when a transaction commits.</summary>
        public void DeleteRange(WombatTransaction transaction, TKey lower, TKey upper) =>
            transaction.DeleteRange(Encode(lower), Encode(upper), Database);

        /// <summary>Gives the value of a key; false when the key is absent.</summary>
        public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value, ReadOptions options = default)
        {
            bool isFound = Database.TryGet(Encode(key), out byte[]? bytes, options);
            value = isFound ? _values.Decode(bytes!) : default;
            return isFound;
        }

        /// <summary>Gives the value of a key as a transaction sees it; false when the key is absent.</summary>
        public bool TryGet(WombatTransaction transaction, TKey key, [MaybeNullWhen(false)] out TValue value)
        {
            bool isFound = transaction.TryGet(Encode(key), out byte[]? bytes, Database);
            value = isFound ? _values.Decode(bytes!) : default;
            return isFound;
        }

        /// <summary>
        /// Gives the value of a key that a transaction is going to write, as
        /// <see cref="WombatTransaction.TryGetForUpdate(ReadOnlySpan{byte}, out byte[], WombatDatabase)"/>.
        /// </summary>
        public bool TryGetForUpdate(WombatTransaction transaction, TKey key, [MaybeNullWhen(false)] out TValue value)
        {
            bool isFound = transaction.TryGetForUpdate(Encode(key), out byte[]? bytes, Database);
            value = isFound ? _values.Decode(bytes!) : default;
            return isFound;
        }

        /// <summary>Whether a key is there.</summary>
        public bool Contains(TKey key) => Database.Contains(Encode(key));

        /// <summary>Whether a key is there as a transaction sees it.</summary>
        public bool Contains(WombatTransaction transaction, TKey key) => transaction.Contains(Encode(key), Database);

        /// <summary>The rows from <paramref name="lower"/> on and before <paramref name="upper"/>.</summary>
        public IEnumerable<KeyValuePair<TKey, TValue>> Range(TKey lower, TKey upper) =>
            Read(new IteratorOptions { Lower = Encode(lower), Upper = Encode(upper) });

        /// <summary>The same as a transaction sees them.</summary>
        public IEnumerable<KeyValuePair<TKey, TValue>> Range(WombatTransaction transaction, TKey lower, TKey upper) =>
            Read(new IteratorOptions { Lower = Encode(lower), Upper = Encode(upper) }, transaction);

        /// <summary>
        /// The rows whose keys begin with the same parts: with keys of (sensor, time), those of a sensor that
        /// <paramref name="writeFirstParts"/> appends.
        /// </summary>
        public IEnumerable<KeyValuePair<TKey, TValue>> StartingWith(Action<KeyWriter> writeFirstParts) =>
            Read(new IteratorOptions { Prefix = EncodeFirst(writeFirstParts) });

        /// <summary>The same as a transaction sees them.</summary>
        public IEnumerable<KeyValuePair<TKey, TValue>> StartingWith(WombatTransaction transaction,
            Action<KeyWriter> writeFirstParts) =>
            Read(new IteratorOptions { Prefix = EncodeFirst(writeFirstParts) }, transaction);

        /// <summary>All rows.</summary>
        public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() =>
            Read(new IteratorOptions { Prefix = _prefix }).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private IEnumerable<KeyValuePair<TKey, TValue>> Read(IteratorOptions options, WombatTransaction? transaction = null)
        {
            options = options with { Prefix = options.Prefix ?? _prefix };
            using WombatIterator rows = transaction?.CreateIterator(options, Database) ?? Database.CreateIterator(options);
            while (rows.Next())
            {
                var reader = new KeyReader(rows.Key[_prefix.Length..].ToArray());
                TKey key = _keys.Read(reader);
                if (reader.HasMore)
                {
                    throw new FormatException($"the key goes on at byte {reader.Position}, where it should end");
                }
                yield return new KeyValuePair<TKey, TValue>(key, _values.Decode(rows.Value.ToArray()));
            }
        }

        private byte[] EncodeFirst(Action<KeyWriter> writeParts)
        {
            KeyWriter key = new KeyWriter().AppendFixed(_prefix);
            writeParts(key);
            return key.ToArray();
        }

        private byte[] Encode(TKey key)
        {
            KeyWriter writer = new KeyWriter().AppendFixed(_prefix);
            _keys.Write(writer, key);
            return writer.ToArray();
        }
    }
}
