using System;

namespace WombatDb
{
    /// <summary>
    /// Writes a table file outside of any database, from entries whose keys ascend, for <see cref="WombatDatabase.Ingest"/>. Many files
    /// may be built at a time. One thread at a time may use a builder; any may dispose it.
    /// </summary>
    /// <example><code>
    /// using (var builder = new TableBuilder("people.sorted"))
    /// {
    ///     foreach (var (key, value) in sorted)
    ///     {
    ///         builder.Put(key, value);
    ///     }
    ///     builder.Finish();
    /// }
    /// db.Ingest(new[] { "people.sorted" });
    /// </code></example>
    public sealed unsafe class TableBuilder : IDisposable
    {
        private readonly BuilderCore _core;

        /// <summary>Begins a file.</summary>
        /// <param name="path">Where there must be no file, in a directory that exists.</param>
        /// <param name="options">
        /// Of these count those that say how tables are written: table.block_size, filter.bits_per_key and compression.*.
        /// </param>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.AlreadyExists"/>; <see cref="WombatStatus.DoesNotExist"/>;
        /// <see cref="WombatStatus.InvalidArgument"/> for a name that databases give to files of their own.
        /// </exception>
        public TableBuilder(string path, WombatOptions? options = null)
        {
            long settings = (options ?? new WombatOptions()).Create();
            try
            {
                _core = new BuilderCore(path, settings);
            }
            finally
            {
                Raw.options_destroy(settings);
            }
        }

        /// <summary>How many entries were added.</summary>
        public long EntryCount => _core.Measure(out _);

        /// <summary>About how many bytes the file would have if it was finished now, or has.</summary>
        public long FileSize
        {
            get
            {
                _core.Measure(out long size);
                return size;
            }
        }

        /// <summary>Adds a value under a key, which comes after the one before. Allocates nothing.</summary>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.InvalidArgument"/>, naming both keys, when the key does not come after the one before; then, and after
        /// <see cref="WombatStatus.TooLarge"/>, nothing was added and the builder goes on. After other failures it answers no other.
        /// </exception>
        public TableBuilder Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            fixed (byte* keyBytes = key, valueBytes = value)
            {
                _core.Put(keyBytes, key.Length, valueBytes, value.Length);
            }
            return this;
        }

        /// <summary>Adds a put that is absent again from a certain time on.</summary>
        /// <param name="key">Comes after the key before.</param>
        /// <param name="value">The value.</param>
        /// <param name="expiry">
        /// As <see cref="WombatDatabase.TryGetExpiry"/> gives it, of which whole microseconds count; null: never.
        /// </param>
        public TableBuilder PutUntil(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, DateTimeOffset? expiry)
        {
            fixed (byte* keyBytes = key, valueBytes = value)
            {
                _core.PutUntil(keyBytes, key.Length, valueBytes, value.Length, Expiries.ToMicros(expiry));
            }
            return this;
        }

        /// <summary>Adds a delete: the key is absent when the file has been taken in.</summary>
        public TableBuilder Delete(ReadOnlySpan<byte> key)
        {
            fixed (byte* bytes = key)
            {
                _core.Delete(bytes, key.Length);
            }
            return this;
        }

        /// <summary>Ends the file and makes it durable.</summary>
        /// <exception cref="WombatException">
        /// <see cref="WombatStatus.InvalidArgument"/> when there are no entries, and when it was finished before.
        /// </exception>
        public void Finish() => _core.Finish();

        /// <summary>Frees the builder; the file of one that was not finished is removed. The second and later calls do nothing.</summary>
        public void Dispose() => _core.Dispose();
    }
}
