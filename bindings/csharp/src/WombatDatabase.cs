using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace WombatDb
{
    /// <summary>Uses a value where it lies. It must not outlive the call, which the compiler sees to.</summary>
    public delegate TResult ValueReader<in TState, out TResult>(ReadOnlySpan<byte> value, TState state);

    /// <summary>
    /// A persistent, ordered map from byte strings to byte strings in a directory. Any number of threads may use it at once, and
    /// dispose it while others use it. Keys are ordered bytewise. What is passed in is copied before a call returns.
    /// </summary>
    /// <example><code>
    /// using var db = WombatDatabase.Open("people");
    /// db.Put("ada"u8, "1815"u8);
    /// if (db.TryGet("ada"u8, out byte[]? year)) { ... }
    /// </code></example>
    /// <remarks>
    /// A keyspace of a database, see <see cref="OpenKeyspace"/>, is a <see cref="WombatDatabase"/> as well. Goes for it what goes for
    /// the whole database, unless a member says otherwise.
    /// </remarks>
    public sealed unsafe partial class WombatDatabase : IDisposable
    {
        /// <summary>Most bytes that a key may have.</summary>
        public const int KeySizeMax = Constants.KeySizeMax;

        /// <summary>Most bytes that a value may have.</summary>
        public const int ValueSizeMax = Constants.ValueSizeMax;

        private readonly DatabaseCore _core;

        private WombatDatabase(string path, DatabaseCore core)
        {
            Path = path;
            _core = core;
        }

        internal DatabaseCore Core => _core;

        /// <summary>The directory of this database.</summary>
        public string Path { get; }

        /// <summary>Whether <see cref="Dispose"/> was called.</summary>
        public bool IsDisposed => _core.IsDisposed;

        /// <summary>Opens the database in a directory, by default creating it when it is missing.</summary>
        /// <exception cref="WombatException">It cannot be opened; <see cref="WombatException.Status"/> says why.</exception>
        public static WombatDatabase Open(string path, WombatOptions? options = null)
        {
            long settings = (options ?? new WombatOptions()).Create();
            long log = 0;
            try
            {
                if (options?.Log is { } listener)
                {
                    log = LogPump.Start(listener);
                    Failure.Check(Raw.options_set_log(settings, log));
                }
                return new WombatDatabase(path, DatabaseCore.Open(path, settings, log));
            }
            catch
            {
                if (log != 0)
                {
                    Raw.log_close(log);
                }
                throw;
            }
            finally
            {
                Raw.options_destroy(settings);
            }
        }

        /// <summary>Removes a database that is not open: its files, then the directory if nothing else is in it.</summary>
        public static void Destroy(string path) => DatabaseCore.Destroy(path);

        /// <summary>
        /// Closes the database: waits for calls inside, makes all acknowledged writes durable. What was made by it may still be
        /// open. The second and later calls do nothing.
        /// </summary>
        /// <exception cref="WombatException">The last sync failed.</exception>
        public void Dispose() => _core.Dispose();

        /// <summary>Stores a value under a key, replacing what was there.</summary>
        public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, WriteOptions options = default)
        {
            fixed (byte* keyBytes = key, valueBytes = value)
            {
                _core.Put(keyBytes, key.Length, valueBytes, value.Length, options.Flags, (int)options.Sync, options.TimeoutMicros,
                    options.TtlMillis);
            }
        }

        /// <summary>Removes a key. It need not be there.</summary>
        public void Delete(ReadOnlySpan<byte> key, WriteOptions options = default)
        {
            fixed (byte* keyBytes = key)
            {
                _core.Delete(keyBytes, key.Length, options.Flags, (int)options.Sync, options.TimeoutMicros);
            }
        }

        /// <summary>Commits a batch: all of it or nothing. The batch stays as it is and may be written again.</summary>
        public void Write(WriteBatch batch, WriteOptions options = default)
        {
            ArgumentNullException.ThrowIfNull(batch);
            batch.Commit(_core, options);
        }

        /// <summary>Makes every write that was acknowledged before this call durable.</summary>
        public void Sync() => _core.Sync();

        /// <summary>Gives a copy of the value of a key; false when the key is absent.</summary>
        public bool TryGet(ReadOnlySpan<byte> key, [NotNullWhen(true)] out byte[]? value, ReadOptions options = default) =>
            ValueCopy.TryMake(new Source(_core, options), key, out value);

        /// <summary>
        /// Copies the value of a key; false when the key is absent. <paramref name="size"/> becomes its size: when that is more than
        /// <paramref name="buffer"/> has, nothing was copied. Allocates nothing.
        /// </summary>
        public bool TryGet(ReadOnlySpan<byte> key, Span<byte> buffer, out int size, ReadOptions options = default)
        {
            size = new Source(_core, options).Read(key, buffer);
            if (size >= 0)
            {
                return true;
            }
            size = 0;
            return false;
        }

        /// <summary>Appends the value of a key to a writer; false when the key is absent.</summary>
        public bool TryGet(ReadOnlySpan<byte> key, IBufferWriter<byte> writer, ReadOptions options = default)
        {
            ArgumentNullException.ThrowIfNull(writer);
            var source = new Source(_core, options);
            Span<byte> buffer = writer.GetSpan();
            int size;
            while ((size = source.Read(key, buffer)) > buffer.Length)
            {
                buffer = writer.GetSpan(size);
            }
            writer.Advance(Math.Max(size, 0));
            return size >= 0;
        }

        /// <summary>
        /// Copies a part of the value of a key, as much as the buffer holds; false when the key is absent. Of a long value in a value
        /// file only the part is read; with an empty buffer none is. Allocates nothing.
        /// </summary>
        /// <param name="key">The key.</param>
        /// <param name="offset">Where the part begins; behind the end of the value there is nothing.</param>
        /// <param name="buffer">Receives it.</param>
        /// <param name="count">How many bytes were copied: fewer than the buffer has at the end of the value.</param>
        /// <param name="size">The size of the whole value.</param>
        /// <param name="options">How to read.</param>
        public bool TryGetPart(ReadOnlySpan<byte> key, long offset, Span<byte> buffer, out int count, out long size,
            ReadOptions options = default)
        {
            fixed (byte* keyBytes = key, to = buffer)
            {
                count = _core.GetPart(keyBytes, key.Length, offset, options.SnapshotNumber, options.Flags, to, buffer.Length,
                    out size);
                GC.KeepAlive(options.Snapshot);
            }
            if (count >= 0)
            {
                return true;
            }
            count = 0;
            return false;
        }

        /// <summary>Calls a function with the value of a key where it lies, without a copy; false when the key is absent.</summary>
        public bool TryView<TState, TResult>(ReadOnlySpan<byte> key, TState state, ValueReader<TState, TResult> reader,
            [MaybeNullWhen(false)] out TResult result, ReadOptions options = default)
        {
            ArgumentNullException.ThrowIfNull(reader);
            long pin = Failure.Check(Raw.pin_create());
            try
            {
                long address = 0;
                long size;
                fixed (byte* bytes = key)
                {
                    size = Failure.Check(Raw.get_pinned(_core.Number, bytes, key.Length, options.SnapshotNumber, options.Flags, pin,
                        (byte*)&address));
                }
                GC.KeepAlive(options.Snapshot);
                if (size < 0)
                {
                    result = default;
                    return false;
                }
                result = reader(new ReadOnlySpan<byte>((void*)address, (int)size), state);
                return true;
            }
            finally
            {
                Raw.pin_destroy(pin);
                GC.KeepAlive(_core);
            }
        }

        /// <summary>Whether a key is present.</summary>
        public bool Contains(ReadOnlySpan<byte> key, ReadOptions options = default)
        {
            fixed (byte* bytes = key)
            {
                bool isFound = _core.Contains(bytes, key.Length, options.SnapshotNumber, options.Flags);
                GC.KeepAlive(options.Snapshot);
                return isFound;
            }
        }

        /// <summary>When the value of a key expires; null: never. False when the key is absent.</summary>
        public bool TryGetExpiry(ReadOnlySpan<byte> key, out DateTimeOffset? expiry, ReadOptions options = default)
        {
            fixed (byte* bytes = key)
            {
                long micros = _core.Expiry(bytes, key.Length, options.SnapshotNumber, options.Flags);
                GC.KeepAlive(options.Snapshot);
                return Expiries.TryRead(micros, out expiry);
            }
        }

        /// <summary>
        /// Looks up many keys at one moment, faster than one by one. The values are in the order of the keys, null for each that is
        /// absent.
        /// </summary>
        public byte[]?[] MultiGet(IReadOnlyList<byte[]> keys, ReadOptions options = default)
        {
            ArgumentNullException.ThrowIfNull(keys);
            var look = new MultiGet(keys);
            // All keys are looked up at one moment. One call does that if the answers fit; if not, everything is asked for again, in
            // a snapshot.
            if (options.IsOfTheNewestState && !look.TryAtOnce(LookUp(options)))
            {
                using Snapshot snapshot = CreateSnapshot();
                return look.InParts(LookUp(options with { Snapshot = snapshot }));
            }
            return look.InParts(LookUp(options));
        }

        /// <summary>
        /// The timestamp of the newest commit that readers see, for <see cref="ReadOptions.AsOfTimestamp"/>. 0: nothing was written
        /// yet.
        /// </summary>
        public long CommitTimestamp => _core.CommitTimestamp();

        /// <summary>Takes a view of the present moment, to be disposed.</summary>
        public Snapshot CreateSnapshot() => new(_core.CreateSnapshot());

        /// <summary>Makes a cursor over some rows, to be disposed.</summary>
        public WombatIterator CreateIterator(IteratorOptions options = default) => new(_core, options);

        /// <summary>Some rows, for <c>foreach</c>.</summary>
        public Rows Scan(IteratorOptions options = default) => new(this, null, options);

        private MultiGet.Call LookUp(ReadOptions options) => (keys, keysSize, buffer, capacity, used) =>
        {
            long done = Raw.multi_get_packed(_core.Number, keys, keysSize, options.SnapshotNumber, options.Flags,
                options.TimeoutMicros, buffer, capacity, used);
            GC.KeepAlive(_core);
            GC.KeepAlive(options.Snapshot);
            return done;
        };

        /// <summary>The database at the moment that options say.</summary>
        private readonly struct Source : IValueSource
        {
            private readonly DatabaseCore _core;
            private readonly ReadOptions _options;

            internal Source(DatabaseCore core, in ReadOptions options)
            {
                _core = core;
                _options = options;
            }

            public int Read(ReadOnlySpan<byte> key, Span<byte> buffer)
            {
                fixed (byte* keyBytes = key, to = buffer)
                {
                    int size = _core.Get(keyBytes, key.Length, _options.SnapshotNumber, _options.Flags, to, buffer.Length);
                    GC.KeepAlive(_options.Snapshot);
                    return size;
                }
            }
        }
    }
}
