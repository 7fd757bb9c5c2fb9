package org.wombatdb;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * A persistent, ordered map from byte strings to byte strings in a directory. Any number of threads may use it at once,
 * and close it while others use it.
 *
 * <pre>{@code
 * try (Wombat db = Wombat.open(Path.of("people"))) {
 *   db.put("ada".getBytes(UTF_8), "1815".getBytes(UTF_8));
 *   byte[] year = db.get("ada".getBytes(UTF_8));
 * }
 * }</pre>
 *
 * <p>Keys are ordered bytewise, as unsigned numbers. Arrays and buffers that calls are given are copied before the call
 * returns; those that calls return belong to the caller. Calls fail with {@link WombatException}: after {@link #close}
 * with {@link Status#CLOSED}.
 */
public final class Wombat implements AutoCloseable {
  /** Most bytes that a key may have. */
  public static final int KEY_SIZE_MAX = 65_535;

  /** Most bytes that a value may have. */
  public static final int VALUE_SIZE_MAX = 1_073_741_823;

  private final Path path;
  private final NativeHandle handle;
  private final Reader reader = new Reader(this);
  private final Closing closing;

  private Wombat(Path path, long db, long logQueue) {
    this.path = path;
    closing = new Closing(logQueue);
    handle = new NativeHandle(this, "database", db, closing);
  }

  /**
   * Opens the database in a directory with default options, creating it when it is missing.
   *
   * @param path the directory
   * @return the database
   */
  public static Wombat open(Path path) {
    return open(path, WombatOptions.defaults());
  }

  /**
   * Opens the database in a directory.
   *
   * @param path the directory
   * @param options how
   * @return the database
   */
  public static Wombat open(Path path, WombatOptions options) {
    byte[] text = Text.encode(path.toString(), "path");
    long settings = options.create();
    Log log = null;
    try {
      if (options.log() != null) {
        log = new Log(options.log());
        log.attach(settings);
      }
      long db = WombatException.check(Text.pass(text, address -> Raw.open(address, settings)));
      return new Wombat(path, db, log == null ? 0 : log.queue());
    } catch (Throwable failure) {
      if (log != null) {
        Log.close(log.queue());
      }
      throw failure;
    } finally {
      Raw.options_destroy(settings);
    }
  }

  /**
   * Removes a database that is not open: its files, then the directory if nothing else is in it.
   *
   * @param path the directory
   */
  public static void destroy(Path path) {
    WombatException.check(Text.pass(Text.encode(path.toString(), "path"), Raw::destroy));
  }

  /** {@return the directory of this database} */
  public Path path() {
    return path;
  }

  /**
   * Closes the database: waits for calls inside, makes all acknowledged writes durable. Its iterators, snapshots and
   * pinned values may still be open; they then answer {@link Status#CLOSED}. The second and later calls do nothing.
   *
   * @throws WombatException when the last sync failed
   */
  @Override
  public void close() {
    handle.close();
    closing.rethrow();
  }

  /** {@return whether {@link #close} was called} */
  public boolean isClosed() {
    return handle.isClosed();
  }

  // --- writing ---------------------------------------------------------------------------------------------------------

  /**
   * Stores a value under a key, replacing what was there.
   *
   * @param key the key
   * @param value the value
   */
  public void put(byte[] key, byte[] value) {
    put(key, 0, key.length, value, 0, value.length, WriteOptions.DEFAULT);
  }

  /**
   * Stores a value under a key, replacing what was there.
   *
   * @param key the key
   * @param value the value
   * @param options how to write
   */
  public void put(byte[] key, byte[] value, WriteOptions options) {
    put(key, 0, key.length, value, 0, value.length, options);
  }

  /**
   * Stores a part of an array under a part of an array.
   *
   * @param key holds the key
   * @param keyOffset where it begins
   * @param keyLength its length
   * @param value holds the value
   * @param valueOffset where it begins
   * @param valueLength its length
   * @param options how to write
   */
  public void put(byte[] key, int keyOffset, int keyLength, byte[] value, int valueOffset, int valueLength,
      WriteOptions options) {
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    Objects.checkFromIndexSize(valueOffset, valueLength, value.length);
    try (NativeMemory memory = NativeMemory.take((long) keyLength + valueLength)) {
      memory.put(0, key, keyOffset, keyLength);
      memory.put(keyLength, value, valueOffset, valueLength);
      put(memory.address(), keyLength, memory.address() + keyLength, valueLength, options);
    }
  }

  /**
   * Stores what remains in one buffer under what remains in another. Their positions stay. Bytes in direct buffers are
   * not copied on the way.
   *
   * @param key the key
   * @param value the value
   * @param options how to write
   */
  public void put(ByteBuffer key, ByteBuffer value, WriteOptions options) {
    if (key.hasArray() && value.hasArray()) {
      put(key.array(), key.arrayOffset() + key.position(), key.remaining(), value.array(),
          value.arrayOffset() + value.position(), value.remaining(), options);
      return;
    }
    try (BufferArgument keyBytes = new BufferArgument(key); BufferArgument valueBytes = new BufferArgument(value)) {
      put(keyBytes.address(), keyBytes.size(), valueBytes.address(), valueBytes.size(), options);
    }
  }

  private void put(long key, int keySize, long value, int valueSize, WriteOptions options) {
    try {
      WombatException.check(Raw.put(handle.shared(), key, keySize, value, valueSize, options.flags(), options.sync().code,
          options.timeoutMicros(), 0));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Removes a key. It need not be there.
   *
   * @param key the key
   */
  public void delete(byte[] key) {
    delete(key, 0, key.length, WriteOptions.DEFAULT);
  }

  /**
   * Removes a key. It need not be there.
   *
   * @param key the key
   * @param options how to write
   */
  public void delete(byte[] key, WriteOptions options) {
    delete(key, 0, key.length, options);
  }

  /**
   * Removes a key. It need not be there.
   *
   * @param key holds the key
   * @param keyOffset where it begins
   * @param keyLength its length
   * @param options how to write
   */
  public void delete(byte[] key, int keyOffset, int keyLength, WriteOptions options) {
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    try (NativeMemory memory = NativeMemory.take(keyLength)) {
      memory.put(0, key, keyOffset, keyLength);
      delete(memory.address(), keyLength, options);
    }
  }

  /**
   * Removes the key that remains in a buffer. It need not be there.
   *
   * @param key the key
   * @param options how to write
   */
  public void delete(ByteBuffer key, WriteOptions options) {
    try (BufferArgument bytes = new BufferArgument(key)) {
      delete(bytes.address(), bytes.size(), options);
    }
  }

  private void delete(long key, int keySize, WriteOptions options) {
    try {
      WombatException.check(Raw.delete(handle.shared(), key, keySize, options.flags(), options.sync().code,
          options.timeoutMicros()));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Commits a batch: all of it or nothing. The batch stays as it is and may be written again.
   *
   * @param batch what to do
   */
  public void write(WriteBatch batch) {
    write(batch, WriteOptions.DEFAULT);
  }

  /**
   * Commits a batch: all of it or nothing. The batch stays as it is and may be written again.
   *
   * @param batch what to do
   * @param options how to write
   */
  public void write(WriteBatch batch, WriteOptions options) {
    try {
      batch.commit(handle.shared(), options);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Makes every write that was acknowledged before this call durable. */
  public void sync() {
    try {
      WombatException.check(Raw.sync(handle.shared()));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  // --- reading ---------------------------------------------------------------------------------------------------------

  /**
   * {@return the value of a key, or null}
   *
   * @param key the key
   */
  public byte[] get(byte[] key) {
    return reader.get(key, ReadOptions.DEFAULT);
  }

  /**
   * {@return the value of a key, or null}
   *
   * @param key the key
   * @param options how to read
   */
  public byte[] get(byte[] key, ReadOptions options) {
    return reader.get(key, options);
  }

  /**
   * Copies the value of a key into a part of an array. Allocates nothing.
   *
   * @param key holds the key
   * @param keyOffset where it begins
   * @param keyLength its length
   * @param buffer receives the value
   * @param offset where to begin
   * @param length room there
   * @param options how to read
   * @return size of the value; -1 when the key is absent; when it is greater than {@code length}, nothing was copied
   */
  public int get(byte[] key, int keyOffset, int keyLength, byte[] buffer, int offset, int length, ReadOptions options) {
    return reader.get(key, keyOffset, keyLength, buffer, offset, length, options);
  }

  /**
   * Copies the value of a key into an array. Allocates nothing.
   *
   * @param key the key
   * @param buffer receives the value
   * @return size of the value; -1 when the key is absent; when it is greater than the array, nothing was copied
   */
  public int get(byte[] key, byte[] buffer) {
    return reader.get(key, 0, key.length, buffer, 0, buffer.length, ReadOptions.DEFAULT);
  }

  /**
   * Copies the value of the key that remains in a buffer into another buffer, from its position on, which moves behind
   * the value. Bytes of direct buffers are not copied on the way.
   *
   * @param key the key; its position stays
   * @param buffer receives the value
   * @param options how to read
   * @return size of the value; -1 when the key is absent; when it is greater than what remains, nothing was copied
   */
  public int get(ByteBuffer key, ByteBuffer buffer, ReadOptions options) {
    return reader.get(key, buffer, options);
  }

  /**
   * {@return whether a key is present}
   *
   * @param key the key
   */
  public boolean contains(byte[] key) {
    return reader.contains(key, ReadOptions.DEFAULT);
  }

  /**
   * {@return whether a key is present}
   *
   * @param key the key
   * @param options how to read
   */
  public boolean contains(byte[] key, ReadOptions options) {
    return reader.contains(key, options);
  }

  /**
   * Looks up many keys at one moment, faster than one by one.
   *
   * @param keys the keys
   * @return their values in the same order, null for each that is absent
   */
  public List<byte[]> multiGet(Collection<byte[]> keys) {
    return new MultiGet(this, keys).run(ReadOptions.DEFAULT);
  }

  /**
   * Looks up many keys at one moment, faster than one by one.
   *
   * @param keys the keys
   * @param options how to read
   * @return their values in the same order, null for each that is absent
   */
  public List<byte[]> multiGet(Collection<byte[]> keys, ReadOptions options) {
    return new MultiGet(this, keys).run(options);
  }

  /**
   * {@return the value of a key where it lies, or null} For large values of which only a part is wanted.
   *
   * @param key the key
   * @param options how to read
   */
  public PinnedValue getPinned(byte[] key, ReadOptions options) {
    return PinnedValue.find(this, key, options);
  }

  /** {@return a view of the present moment, to be closed} */
  public Snapshot snapshot() {
    try {
      return new Snapshot(WombatException.check(Raw.snapshot_create(handle.shared())));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** {@return a cursor over all rows, to be closed} */
  public WombatIterator iterator() {
    return new WombatIterator(this, IteratorOptions.DEFAULT);
  }

  /**
   * {@return a cursor over some rows, to be closed}
   *
   * @param options which rows, and how to read them
   */
  public WombatIterator iterator(IteratorOptions options) {
    return new WombatIterator(this, options);
  }

  /**
   * {@return some rows, for a loop or a stream; to be closed unless they are read to the end}
   *
   * @param options which rows, and how to read them
   */
  public Rows rows(IteratorOptions options) {
    return new Rows(iterator(options));
  }

  // --- other views of this database ------------------------------------------------------------------------------------

  /** {@return long calls: flush, compaction, verification} */
  public Maintenance maintenance() {
    return new Maintenance(this);
  }

  /** {@return statistics, properties and reports} */
  public Monitor monitor() {
    return new Monitor(this);
  }

  /**
   * {@return the calls of this database as futures}
   *
   * @param executor runs them
   */
  public AsyncWombat async(Executor executor) {
    return new AsyncWombat(this, executor);
  }

  /**
   * {@return the value of an option of this open database}
   *
   * @param name one of {@link OptionName}
   */
  public String getOption(String name) {
    byte[] text = Text.encode(name, "option name");
    try {
      long db = handle.shared();
      return Text.read(text, (in, out, capacity) -> Raw.get_option(db, in, out, capacity));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Changes an option of this open database. Not stored: the next open uses its own options.
   *
   * @param name one of {@link OptionName} that {@link OptionInfo#isMutable can be changed}
   * @param value as text
   */
  public void setOption(String name, String value) {
    byte[] nameText = Text.encode(name, "option name");
    byte[] valueText = Text.encode(value, "option value");
    try {
      long db = handle.shared();
      WombatException.check(Text.pass(nameText, valueText, (in, text) -> Raw.set_option(db, in, text)));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** The handle for a call; the caller keeps this object reachable. */
  long handle() {
    return handle.shared();
  }

  @Override
  public String toString() {
    return "Wombat[" + path + (isClosed() ? ", closed]" : "]");
  }
}
