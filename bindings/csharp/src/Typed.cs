using System;
using System.Buffers.Binary;
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

        /// <summary>Numbers of 8 bytes.</summary>
        public static ValueCodec<long> Int64 { get; } = new(
            value =>
            {
                byte[] bytes = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
                return bytes;
            },
            bytes => BinaryPrimitives.ReadInt64LittleEndian(Exactly(bytes, 8)));

        /// <summary>Floating-point numbers.</summary>
        public static ValueCodec<double> Double { get; } = new(
            value => Int64.Encode(BitConverter.DoubleToInt64Bits(value)),
            bytes => BitConverter.Int64BitsToDouble(Int64.Decode(bytes)));

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

        private static byte[] Exactly(byte[] bytes, int size) =>
            bytes.Length == size ? bytes : throw new FormatException($"a number has {size} bytes, not {bytes.Length}");
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

        /// <summary>Removes a key. It need not be there.</summary>
        public void Delete(TKey key, WriteOptions options = default) => Database.Delete(Encode(key), options);

        /// <summary>Adds a delete to a batch.</summary>
        public void Delete(WriteBatch batch, TKey key) => batch.Delete(Encode(key));

        /// <summary>Gives the value of a key; false when the key is absent.</summary>
        public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value, ReadOptions options = default)
        {
            bool isFound = Database.TryGet(Encode(key), out byte[]? bytes, options);
            value = isFound ? _values.Decode(bytes!) : default;
            return isFound;
        }

        /// <summary>Whether a key is there.</summary>
        public bool Contains(TKey key) => Database.Contains(Encode(key));

        /// <summary>The rows from <paramref name="lower"/> on and before <paramref name="upper"/>.</summary>
        public IEnumerable<KeyValuePair<TKey, TValue>> Range(TKey lower, TKey upper) =>
            Read(new IteratorOptions { Lower = Encode(lower), Upper = Encode(upper) });

        /// <summary>
        /// The rows whose keys begin with the same parts: with keys of (sensor, time), those of a sensor that
        /// <paramref name="writeFirstParts"/> appends.
        /// </summary>
        public IEnumerable<KeyValuePair<TKey, TValue>> StartingWith(Action<KeyWriter> writeFirstParts)
        {
            KeyWriter key = new KeyWriter().AppendFixed(_prefix);
            writeFirstParts(key);
            return Read(new IteratorOptions { Prefix = key.ToArray() });
        }

        /// <summary>All rows.</summary>
        public IEnumerator<KeyValuePair<TKey, TValue>> GetEnumerator() =>
            Read(new IteratorOptions { Prefix = _prefix }).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private IEnumerable<KeyValuePair<TKey, TValue>> Read(IteratorOptions options)
        {
            using WombatIterator rows = Database.CreateIterator(options with { Prefix = options.Prefix ?? _prefix });
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

        private byte[] Encode(TKey key)
        {
            KeyWriter writer = new KeyWriter().AppendFixed(_prefix);
            _keys.Write(writer, key);
            return writer.ToArray();
        }
    }
}
