package org.wombatdb;

import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;

/**
 * Writes a table file outside of any database, from entries whose keys ascend, for {@link Maintenance#ingest}. Many files may be
 * built at a time. One thread at a time may use a builder; any may close it.
 *
 * <pre>{@code
 * Path file = Path.of("people.sorted");
 * try (TableBuilder builder = new TableBuilder(file)) {
 *   for (Row row : sorted) {
 *     builder.put(row.key(), row.value());
 *   }
 *   builder.finish();
 * }
 * db.maintenance().ingest(List.of(file));
 * }</pre>
 */
public final class TableBuilder implements AutoCloseable {
  private static final int NUMBER_SIZE = 8;

  private final NativeHandle handle;

  /**
   * Begins a file as default options say.
   *
   * @param path where there must be no file
   */
  public TableBuilder(Path path) {
    this(path, WombatOptions.defaults());
  }

  /**
   * Begins a file.
   *
   * @param path where there must be no file, in a directory that exists
   * @param options of these count those that say how tables are written: table.block_size, filter.bits_per_key and compression.*
   * @throws WombatException {@link Status#ALREADY_EXISTS}; {@link Status#DOES_NOT_EXIST}; {@link Status#INVALID_ARGUMENT} for a name
   *     that databases give to files of their own
   */
  public TableBuilder(Path path, WombatOptions options) {
    byte[] text = Text.encode(path.toString(), "path");
    long settings = options.create();
    try {
      long builder = WombatException.check(Text.pass(text, in -> Raw.builder_open(in, settings)));
      handle = new NativeHandle(this, "table builder", builder, Raw::builder_destroy);
    } finally {
      Raw.options_destroy(settings);
    }
  }

  /**
   * Adds a value under a key.
   *
   * @param key comes after the key before
   * @param value the value
   * @return this builder
   * @throws WombatException {@link Status#INVALID_ARGUMENT}, naming both keys, when the key does not come after the one before; then,
   *     and after {@link Status#TOO_LARGE}, nothing was added and the builder goes on. After other failures it answers no other
   */
  public TableBuilder put(byte[] key, byte[] value) {
    return put(key, 0, key.length, value, 0, value.length);
  }

  /**
   * Adds a part of an array under a part of an array. Allocates nothing.
   *
   * @param key holds the key
   * @param keyOffset where it begins
   * @param keyLength its length
   * @param value holds the value
   * @param valueOffset where it begins
   * @param valueLength its length
   * @return this builder
   */
  public TableBuilder put(byte[] key, int keyOffset, int keyLength, byte[] value, int valueOffset, int valueLength) {
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    Objects.checkFromIndexSize(valueOffset, valueLength, value.length);
    long builder = handle.enter();
    try (NativeMemory memory = NativeMemory.take((long) keyLength + valueLength)) {
      memory.put(0, key, keyOffset, keyLength);
      memory.put(keyLength, value, valueOffset, valueLength);
      WombatException.check(
          Raw.builder_put(builder, memory.address(), keyLength, memory.address() + keyLength, valueLength));
    } finally {
      leave();
    }
    return this;
  }

  /**
   * Adds a put that is absent again from a certain time on, such as {@link Wombat#expiry} gives.
   *
   * @param key comes after the key before
   * @param value the value
   * @param expiry the time, of which whole microseconds count; {@link Wombat#NEVER}: no end
   * @return this builder
   */
  public TableBuilder put(byte[] key, byte[] value, Instant expiry) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(value, "value");
    long micros = Moments.toExpiry(expiry);
    long builder = handle.enter();
    try (BytesArgument bytes = new BytesArgument(key, value)) {
      WombatException.check(Raw.builder_put_until(builder, bytes.first(), bytes.firstSize(), bytes.second(), bytes.secondSize(),
          micros));
    } finally {
      leave();
    }
    return this;
  }

  /**
   * Adds a delete: the key is absent when the file has been taken in.
   *
   * @param key comes after the key before
   * @return this builder
   */
  public TableBuilder delete(byte[] key) {
    Objects.requireNonNull(key, "key");
    long builder = handle.enter();
    try (BytesArgument bytes = new BytesArgument(key, null)) {
      WombatException.check(Raw.builder_delete(builder, bytes.first(), bytes.firstSize()));
    } finally {
      leave();
    }
    return this;
  }

  /** {@return how many entries were added} */
  public long entryCount() {
    return measure(false);
  }

  /** {@return about how many bytes the file would have if it was finished now, or has} */
  public long fileSize() {
    return measure(true);
  }

  /**
   * Ends the file and makes it durable.
   *
   * @throws WombatException {@link Status#INVALID_ARGUMENT} when there are no entries, and when it was finished before
   */
  public void finish() {
    long builder = handle.enter();
    try {
      WombatException.check(Raw.builder_finish(builder));
    } finally {
      leave();
    }
  }

  /** Frees the builder; the file of one that was not finished is removed. The second and later calls do nothing. */
  @Override
  public void close() {
    handle.close();
  }

  private long measure(boolean isOfTheFile) {
    long builder = handle.enter();
    try (NativeMemory memory = NativeMemory.take(NUMBER_SIZE)) {
      long entries = WombatException.check(Raw.builder_size(builder, memory.address()));
      return isOfTheFile ? memory.getLong(0) : entries;
    } finally {
      leave();
    }
  }

  private void leave() {
    handle.leave();
    Reference.reachabilityFence(this);
  }
}
