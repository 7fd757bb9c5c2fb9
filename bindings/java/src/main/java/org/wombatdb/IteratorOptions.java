package org.wombatdb;

import java.lang.ref.Reference;

/** Which rows a cursor shows, and how it reads them. Immutable; arrays are copied. */
public final class IteratorOptions {
  /** All rows of the newest state. */
  public static final IteratorOptions DEFAULT = new IteratorOptions(null, null, null, null, 0, 0);

  private final byte[] lower;
  private final byte[] upper;
  private final byte[] prefix;
  private final Snapshot snapshot;
  private final int flags;
  private final long readaheadSize;

  private IteratorOptions(byte[] lower, byte[] upper, byte[] prefix, Snapshot snapshot, int flags, long readaheadSize) {
    this.lower = lower;
    this.upper = upper;
    this.prefix = prefix;
    this.snapshot = snapshot;
    this.flags = flags;
    this.readaheadSize = readaheadSize;
  }

  /**
   * {@return the rows whose keys lie in a range}
   *
   * @param lower first key that may be shown; null: no bound
   * @param upper first key that is not shown any more; null: no bound
   */
  public static IteratorOptions range(byte[] lower, byte[] upper) {
    return DEFAULT.withLower(lower).withUpper(upper);
  }

  /**
   * {@return the rows whose keys begin with a prefix}
   *
   * @param prefix the prefix
   */
  public static IteratorOptions prefix(byte[] prefix) {
    return DEFAULT.withPrefix(prefix);
  }

  /**
   * {@return these options with a lower bound}
   *
   * @param key first key that may be shown; null: no bound
   */
  public IteratorOptions withLower(byte[] key) {
    return new IteratorOptions(copy(key), upper, prefix, snapshot, flags, readaheadSize);
  }

  /**
   * {@return these options with an upper bound}
   *
   * @param key first key that is not shown any more; null: no bound
   */
  public IteratorOptions withUpper(byte[] key) {
    return new IteratorOptions(lower, copy(key), prefix, snapshot, flags, readaheadSize);
  }

  /**
   * {@return these options for keys with a prefix; together with bounds the narrower counts}
   *
   * @param prefix the prefix; null: all keys
   */
  public IteratorOptions withPrefix(byte[] prefix) {
    return new IteratorOptions(lower, upper, copy(prefix), snapshot, flags, readaheadSize);
  }

  /**
   * {@return these options for the rows of a snapshot}
   *
   * @param snapshot the moment; null: when the cursor is made
   */
  public IteratorOptions withSnapshot(Snapshot snapshot) {
    return new IteratorOptions(lower, upper, prefix, snapshot, flags, readaheadSize);
  }

  /** {@return these options for keys without values: these come out empty} */
  public IteratorOptions withKeysOnly() {
    return new IteratorOptions(lower, upper, prefix, snapshot, flags | Constants.READ_KEYS_ONLY, readaheadSize);
  }

  /** {@return these options for a scan that does not push other blocks out of the cache} */
  public IteratorOptions withoutFillingCache() {
    return new IteratorOptions(lower, upper, prefix, snapshot, flags | Constants.READ_KEEP_CACHE, readaheadSize);
  }

  /**
   * {@return these options with another read-ahead}
   *
   * @param size bytes read ahead from files; 0: as option {@link OptionName#IO_READAHEAD_SIZE} says
   */
  public IteratorOptions withReadahead(long size) {
    if (size < 0) {
      throw WombatException.invalid("a read-ahead of " + size + " bytes");
    }
    return new IteratorOptions(lower, upper, prefix, snapshot, flags, size);
  }

  /** {@return whether only keys with a prefix are shown} */
  public boolean hasPrefix() {
    return prefix != null;
  }

  /** {@return the handle of a new cursor} */
  long open(Wombat db) {
    try (NativeMemory memory = NativeMemory.take((long) room(lower) + room(upper) + room(prefix))) {
      int upperAt = room(lower);
      int prefixAt = upperAt + room(upper);
      copy(lower, memory, 0);
      copy(upper, memory, upperAt);
      copy(prefix, memory, prefixAt);
      long snapshotHandle = snapshot == null ? 0 : snapshot.handle();
      return WombatException.check(Raw.iterator_create(db.handle(), snapshotHandle, flags, memory.address(), size(lower),
          memory.address() + upperAt, size(upper), memory.address() + prefixAt, size(prefix), readaheadSize));
    } finally {
      Reference.reachabilityFence(db);
      Reference.reachabilityFence(this);
    }
  }

  private static byte[] copy(byte[] key) {
    return key == null ? null : key.clone();
  }

  private static int room(byte[] key) {
    return key == null ? 0 : key.length;
  }

  /** As the shim wants it: -1 for none. */
  private static int size(byte[] key) {
    return key == null ? -1 : key.length;
  }

  private static void copy(byte[] key, NativeMemory memory, int at) {
    if (key != null) {
      memory.put(at, key, 0, key.length);
    }
  }
}
