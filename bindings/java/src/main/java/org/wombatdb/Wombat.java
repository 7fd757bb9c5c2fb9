package org.wombatdb;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * A persistent, ordered map from byte strings to byte strings in a directory, or one of its keyspaces: a map of its own in
 * the same database, see {@link #openKeyspace}. Any number of threads may use it at once, and close it while others use it.
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

  /** When that expires which does not; later than any other time. */
  public static final Instant NEVER = Instant.MAX;

  private final Path path;
  /** Of a keyspace: its name when it was opened. Else null. */
  private final String keyspaceName;
  /** Of a keyspace: the database, which must not be collected before. Else null. */
  private final Wombat whole;
  private final NativeHandle handle;
  private final DatabaseReader reader = new DatabaseReader(this);
  private final Writer writer = new Writer(this);
  private final Closing closing;

  private Wombat(Path path, long db, long logQueue) {
    this.path = path;
    keyspaceName = null;
    whole = null;
    closing = new Closing(logQueue);
    handle = new NativeHandle(this, "database", db, closing);
  }

  private Wombat(Wombat whole, String keyspaceName, long db) {
    path = whole.path;
    this.keyspaceName = keyspaceName;
    this.whole = whole;
    closing = new Closing(0);
    handle = new NativeHandle(this, "keyspace", db, closing);
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
   * Closes the database: waits for calls inside, makes all acknowledged writes durable. Its keyspaces, transactions,
   * iterators, snapshots and pinned values may still be open; they then answer {@link Status#CLOSED}. Closing a keyspace
   * closes no more than this object. The second and later calls do nothing.
   *
   * @throws WombatException when the last sync failed
   */
  @Override
  public void close() {
    handle.close();
    closing.rethrow();
  }

  /** {@return whether {@link #close} was called, of a keyspace or its database} */
  public boolean isClosed() {
    return handle.isClosed() || whole != null && whole.isClosed();
  }

  // --- keyspaces -------------------------------------------------------------------------------------------------------

  /**
   * Makes a keyspace: a set of keys of its own in this database, which stays until it is dropped.
   *
   * @param name 1 to 255 bytes as UTF-8, without control characters
   */
  public void createKeyspace(String name) {
    createKeyspace(name, WombatOptions.defaults());
  }

  /**
   * Makes a keyspace.
   *
   * @param name 1 to 255 bytes as UTF-8, without control characters
   * @param options what is set in them becomes the keyspace's own, and is stored with it; all else is as in the database.
   *     Their log listener is not used
   */
  public void createKeyspace(String name, WombatOptions options) {
    byte[] text = Text.encode(name, "keyspace name");
    long settings = options.create();
    try {
      WombatException.check(Text.pass(text, in -> Raw.keyspace_create(handle.shared(), in, settings)));
    } finally {
      Raw.options_destroy(settings);
      Reference.reachabilityFence(this);
    }
  }

  /**
   * {@return a keyspace, to be closed} All calls on it are about its keys; those that have to do with the database as a whole,
   * such as {@link #sync}, are the same as on the database.
   *
   * @param name its name; "default" is the one that the database stands for
   */
  public Wombat openKeyspace(String name) {
    byte[] text = Text.encode(name, "keyspace name");
    try {
      long keyspace = WombatException.check(Text.pass(text, in -> Raw.keyspace_open(handle.shared(), in)));
      return new Wombat(whole == null ? this : whole, name, keyspace);
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** {@return the names of all keyspaces, "default" first, the others in order} */
  public List<String> keyspaces() {
    try {
      return Text.readLines((out, capacity) -> Raw.keyspace_list(handle.shared(), out, capacity));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Gives a keyspace another name. What is open of it stays as it is.
   *
   * @param name its name; not "default"
   * @param newName the other name
   */
  public void renameKeyspace(String name, String newName) {
    byte[] text = Text.encode(name, "keyspace name");
    byte[] newText = Text.encode(newName, "keyspace name");
    try {
      WombatException.check(Text.pass(text, newText, (in, newIn) -> Raw.keyspace_rename(handle.shared(), in, newIn)));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Removes a keyspace with all that is in it, at once and for good. Calls on it then fail with {@link Status#DROPPED};
   * cursors and pinned values go on with what they hold.
   *
   * @param name its name; not "default"
   */
  public void dropKeyspace(String name) {
    byte[] text = Text.encode(name, "keyspace name");
    try {
      WombatException.check(Text.pass(text, in -> Raw.keyspace_drop(handle.shared(), in)));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  // --- writing ---------------------------------------------------------------------------------------------------------

  /**
   * Stores a value under a key, replacing what was there.
   *
   * @param key the key
   * @param value the value
   */
  public void put(byte[] key, byte[] value) {
    writer.put(key, 0, key.length, value, 0, value.length, WriteOptions.DEFAULT);
  }

  /**
   * Stores a value under a key, replacing what was there.
   *
   * @param key the key
   * @param value the value
   * @param options how to write
   */
  public void put(byte[] key, byte[] value, WriteOptions options) {
    writer.put(key, 0, key.length, value, 0, value.length, options);
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
    writer.put(key, keyOffset, keyLength, value, valueOffset, valueLength, options);
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
    writer.put(key, value, options);
  }

  /**
   * Removes a key. It need not be there.
   *
   * @param key the key
   */
  public void delete(byte[] key) {
    writer.delete(key, 0, key.length, WriteOptions.DEFAULT);
  }

  /**
   * Removes a key. It need not be there.
   *
   * @param key the key
   * @param options how to write
   */
  public void delete(byte[] key, WriteOptions options) {
    writer.delete(key, 0, key.length, options);
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
    writer.delete(key, keyOffset, keyLength, options);
  }

  /**
   * Removes the key that remains in a buffer. It need not be there.
   *
   * @param key the key
   * @param options how to write
   */
  public void delete(ByteBuffer key, WriteOptions options) {
    writer.delete(key, options);
  }

  /**
   * Removes all keys of a range. Costs the same however many there are.
   *
   * @param lower first key; null: no bound
   * @param upper first key that stays; null: no bound
   */
  public void deleteRange(byte[] lower, byte[] upper) {
    writer.deleteRange(lower, upper, WriteOptions.DEFAULT);
  }

  /**
   * Removes all keys of a range. Costs the same however many there are.
   *
   * @param lower first key; null: no bound
   * @param upper first key that stays; null: no bound
   * @param options how to write
   */
  public void deleteRange(byte[] lower, byte[] upper, WriteOptions options) {
    writer.deleteRange(lower, upper, options);
  }

  /**
   * Changes the value of a key without reading it: readers find what the operator makes of it. Where the value does not fit
   * the operator, reads fail with {@link Status#MERGE_FAILED} until the key is put or deleted.
   *
   * @param operator how the value changes
   * @param key the key
   * @param operand what the operator takes
   */
  public void merge(MergeOperator operator, byte[] key, byte[] operand) {
    writer.merge(operator, key, operand, WriteOptions.DEFAULT);
  }

  /**
   * Changes the value of a key without reading it.
   *
   * @param operator how the value changes
   * @param key the key
   * @param operand what the operator takes
   * @param options how to write
   */
  public void merge(MergeOperator operator, byte[] key, byte[] operand, WriteOptions options) {
    writer.merge(operator, key, operand, options);
  }

  /**
   * {@return whether a value was stored: when its key was absent} Reads and writes as one step, and never conflicts.
   *
   * @param key the key
   * @param value the value
   */
  public boolean putIfAbsent(byte[] key, byte[] value) {
    return writer.putIfAbsent(key, value, WriteOptions.DEFAULT);
  }

  /**
   * {@return whether a value was stored: when its key was absent}
   *
   * @param key the key
   * @param value the value
   * @param options how to write
   */
  public boolean putIfAbsent(byte[] key, byte[] value, WriteOptions options) {
    return writer.putIfAbsent(key, value, options);
  }

  /**
   * {@return whether the value of a key was replaced: when it was the expected one} Reads and writes as one step, and never
   * conflicts.
   *
   * @param key the key
   * @param expected the value before; null: the key is absent
   * @param desired the value after; null: the key is removed
   */
  public boolean compareAndSet(byte[] key, byte[] expected, byte[] desired) {
    return writer.compareAndSet(key, expected, desired, WriteOptions.DEFAULT);
  }

  /**
   * {@return whether the value of a key was replaced: when it was the expected one}
   *
   * @param key the key
   * @param expected the value before; null: the key is absent
   * @param desired the value after; null: the key is removed
   * @param options how to write
   */
  public boolean compareAndSet(byte[] key, byte[] expected, byte[] desired, WriteOptions options) {
    return writer.compareAndSet(key, expected, desired, options);
  }

  /**
   * Adds to the number under a key, 8 bytes little-endian (see {@link MergeOperator#encode(long)}), 0 when absent. Reads and
   * writes as one step, and never conflicts.
   *
   * @param key the key
   * @param delta what to add; the sum wraps around
   * @return the number before
   */
  public long fetchAdd(byte[] key, long delta) {
    return writer.fetchAdd(key, delta, WriteOptions.DEFAULT);
  }

  /**
   * Adds to the number under a key.
   *
   * @param key the key
   * @param delta what to add; the sum wraps around
   * @param options how to write
   * @return the number before
   */
  public long fetchAdd(byte[] key, long delta, WriteOptions options) {
    return writer.fetchAdd(key, delta, options);
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
   * {@return a part of the value of a key, or null} Of a long value in a value file only the part is read.
   *
   * @param key the key
   * @param offset where the part begins; behind the end of the value there is nothing
   * @param length most bytes of the part; fewer are at the end of the value
   */
  public byte[] getPart(byte[] key, long offset, int length) {
    return reader.getPart(key, offset, length, ReadOptions.DEFAULT);
  }

  /**
   * {@return a part of the value of a key, or null}
   *
   * @param key the key
   * @param offset where the part begins; behind the end of the value there is nothing
   * @param length most bytes of the part; fewer are at the end of the value
   * @param options how to read
   */
  public byte[] getPart(byte[] key, long offset, int length, ReadOptions options) {
    return reader.getPart(key, offset, length, options);
  }

  /**
   * Copies a part of the value of a key into a part of an array. Allocates nothing.
   *
   * @param key holds the key
   * @param keyOffset where it begins
   * @param keyLength its length
   * @param valueOffset where the part of the value begins
   * @param buffer receives it
   * @param offset where to begin
   * @param length room there
   * @param options how to read
   * @return how many bytes were copied: fewer than {@code length} at the end of the value; -1 when the key is absent
   */
  public int getPart(byte[] key, int keyOffset, int keyLength, long valueOffset, byte[] buffer, int offset, int length,
      ReadOptions options) {
    return reader.getPart(key, keyOffset, keyLength, valueOffset, buffer, offset, length, options);
  }

  /**
   * Copies a part of the value of the key that remains in a buffer into another buffer, as much as remains there; its position
   * moves behind it. Bytes of direct buffers are not copied on the way.
   *
   * @param key the key; its position stays
   * @param valueOffset where the part of the value begins
   * @param buffer receives it
   * @param options how to read
   * @return how many bytes were copied: fewer than remain at the end of the value; -1 when the key is absent
   */
  public int getPart(ByteBuffer key, long valueOffset, ByteBuffer buffer, ReadOptions options) {
    return reader.getPart(key, valueOffset, buffer, options);
  }

  /**
   * {@return the size of the value of a key; -1 when the key is absent} A value in a value file is not read.
   *
   * @param key the key
   */
  public long valueSize(byte[] key) {
    return reader.valueSize(key, ReadOptions.DEFAULT);
  }

  /**
   * {@return the size of the value of a key; -1 when the key is absent}
   *
   * @param key the key
   * @param options how to read
   */
  public long valueSize(byte[] key, ReadOptions options) {
    return reader.valueSize(key, options);
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
   * {@return when the value of a key expires: {@link #NEVER}, or a time in microseconds; null when the key is absent}
   *
   * @param key the key
   */
  public Instant expiry(byte[] key) {
    return expiry(key, ReadOptions.DEFAULT);
  }

  /**
   * {@return when the value of a key expires: {@link #NEVER}, or a time in microseconds; null when the key is absent}
   *
   * @param key the key
   * @param options how to read
   */
  public Instant expiry(byte[] key, ReadOptions options) {
    return reader.expiry(key, options);
  }

  /**
   * Looks up many keys at one moment, faster than one by one.
   *
   * @param keys the keys
   * @return their values in the same order, null for each that is absent
   */
  public List<byte[]> multiGet(Collection<byte[]> keys) {
    return multiGet(keys, ReadOptions.DEFAULT);
  }

  /**
   * Looks up many keys at one moment, faster than one by one.
   *
   * @param keys the keys
   * @param options how to read
   * @return their values in the same order, null for each that is absent
   */
  public List<byte[]> multiGet(Collection<byte[]> keys, ReadOptions options) {
    return new MultiGet(keys, reader::multiGet).run(this, options);
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

  /** {@return the timestamp of the newest commit that readers see} {@link ReadOptions#asOf(long)} reads the state after it. */
  public long commitTimestamp() {
    try {
      return WombatException.check(Raw.commit_timestamp(handle.shared()));
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

  // --- transactions ----------------------------------------------------------------------------------------------------

  /** {@return a transaction that has just begun, to be committed or rolled back, and closed} */
  public Transaction begin() {
    return new Transaction(this, TransactionOptions.DEFAULT);
  }

  /**
   * {@return a transaction that has just begun, to be committed or rolled back, and closed}
   *
   * @param options what it may do
   */
  public Transaction begin(TransactionOptions options) {
    return new Transaction(this, options);
  }

  /**
   * Does work in a transaction and commits it; after {@link Status#CONFLICT} and {@link Status#DEADLOCK} again, as often and
   * with such pauses as the options {@link OptionName#RETRY_ATTEMPTS} and so on of the database say. When that was often
   * enough, the last conflict is thrown. An interrupted thread gives up with {@link Status#CANCELLED} instead of another
   * attempt, and stays interrupted.
   *
   * @param <T> type of what the work returns
   * @param <X> what the work may throw beside unchecked exceptions
   * @param work what to do, perhaps several times; what it throws is thrown on, and nothing was written
   * @return what the work returned, when it was committed, and how often it was repeated
   * @throws X as the work
   */
  public <T, X extends Exception> TransactionResult<T> callInTransaction(TransactionFunction<T, X> work) throws X {
    return callInTransaction(TransactionOptions.DEFAULT, Duration.ZERO, work);
  }

  /**
   * Does work in a transaction and commits it, after conflicts again.
   *
   * @param <T> type of what the work returns
   * @param <X> what the work may throw beside unchecked exceptions
   * @param options of each transaction
   * @param timeout longest time of all attempts, zero for no limit; where no other attempt fits into it, the call fails with
   *     {@link Status#TIMED_OUT}
   * @param work what to do, perhaps several times; what it throws is thrown on, and nothing was written
   * @return what the work returned, when it was committed, and how often it was repeated
   * @throws X as the work
   */
  public <T, X extends Exception> TransactionResult<T> callInTransaction(TransactionOptions options, Duration timeout,
      TransactionFunction<T, X> work) throws X {
    return new TransactionRunner(this, options, timeout, () -> false).run(work);
  }

  /**
   * {@link #callInTransaction(TransactionFunction)} for work that returns nothing.
   *
   * @param <X> what the work may throw beside unchecked exceptions
   * @param work what to do, perhaps several times
   * @return when it was committed, and how often it was repeated
   * @throws X as the work
   */
  public <X extends Exception> TransactionResult<Void> runInTransaction(TransactionAction<X> work) throws X {
    return runInTransaction(TransactionOptions.DEFAULT, Duration.ZERO, work);
  }

  /**
   * {@link #callInTransaction(TransactionOptions, Duration, TransactionFunction)} for work that returns nothing.
   *
   * @param <X> what the work may throw beside unchecked exceptions
   * @param options of each transaction
   * @param timeout longest time of all attempts, zero for no limit
   * @param work what to do, perhaps several times
   * @return when it was committed, and how often it was repeated
   * @throws X as the work
   */
  public <X extends Exception> TransactionResult<Void> runInTransaction(TransactionOptions options, Duration timeout,
      TransactionAction<X> work) throws X {
    return this.<Void, X>callInTransaction(options, timeout, transaction -> {
      work.accept(transaction);
      return null;
    });
  }

  /** {@return the names of the prepared transactions that wait for a decision} */
  public List<String> preparedTransactions() {
    try {
      return Text.readLines((out, capacity) -> Raw.prepared_list(handle.shared(), out, capacity));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Commits a prepared transaction.
   *
   * @param name from {@link Transaction#prepare}
   * @return the commit timestamp
   */
  public long commitPrepared(String name) {
    byte[] text = Text.encode(name, "name of a prepared transaction");
    try {
      return WombatException.check(Text.pass(text, in -> Raw.prepared_commit(handle.shared(), in)));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Gives up a prepared transaction.
   *
   * @param name from {@link Transaction#prepare}
   */
  public void rollbackPrepared(String name) {
    byte[] text = Text.encode(name, "name of a prepared transaction");
    try {
      WombatException.check(Text.pass(text, in -> Raw.prepared_rollback(handle.shared(), in)));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  // --- other views of this database ------------------------------------------------------------------------------------

  /** {@return long calls: flush, compaction, verification, files that are taken in} */
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
   * {@return the value of an option of this open database, or of this keyspace}
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
   * Changes an option of this open database. Not stored: the next open uses its own options. Of a keyspace: an option of its
   * own, which is stored.
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
    return "Wombat[" + path + (keyspaceName == null ? "" : ", keyspace " + keyspaceName) + (isClosed() ? ", closed]" : "]");
  }
}
