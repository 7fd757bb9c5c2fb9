package org.wombatdb;

import java.lang.ref.Reference;
import java.time.Instant;

/** Which rows a cursor shows, and how it reads them. Immutable; arrays are copied. */
public final class IteratorOptions {
  private static final int AS_OF = Constants.SHIM_AS_OF_TIMESTAMP | Constants.SHIM_AS_OF_TIME;

  /** All rows of the newest state. */
  public static final IteratorOptions DEFAULT = new IteratorOptions(null, null, null, null, 0, 0, 0);

  private final byte[] lower;
  private final byte[] upper;
  private final byte[] prefix;
  private final Snapshot snapshot;
  /** A timestamp or a time, as the flags say. */
  private final long asOf;
  private final int flags;
  private final long readaheadSize;

  private IteratorOptions(byte[] lower, byte[] upper, byte[] prefix, Snapshot snapshot, long asOf, int flags,
      long readaheadSize) {
    if (snapshot != null && (flags & AS_OF) != 0) {
      throw Moments.tooMany();
    }
    this.lower = lower;
    this.upper = upper;
    this.prefix = prefix;
    this.snapshot = snapshot;
    this.asOf = asOf;
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
    return new IteratorOptions(copy(key), upper, prefix, snapshot, asOf, flags, readaheadSize);
  }

  /**
   * {@return these options with an upper bound}
   *
   * @param key first key that is not shown any more; null: no bound
   */
  public IteratorOptions withUpper(byte[] key) {
    return new IteratorOptions(lower, copy(key), prefix, snapshot, asOf, flags, readaheadSize);
  }

  /**
   * {@return these options for keys with a prefix; together with bounds the narrower counts}
   *
   * @param prefix the prefix; null: all keys
   */
  public IteratorOptions withPrefix(byte[] prefix) {
    return new IteratorOptions(lower, upper, copy(prefix), snapshot, asOf, flags, readaheadSize);
  }

  /**
   * {@return these options for the rows of a snapshot}
   *
   * @param snapshot the moment; null: when the cursor is made
   */
  public IteratorOptions withSnapshot(Snapshot snapshot) {
    return new IteratorOptions(lower, upper, prefix, snapshot, asOf, flags, readaheadSize);
  }

  /**
   * {@return these options for the rows after a commit}
   *
   * @param timestamp of the commit, see {@link ReadOptions#withAsOf(long)}
   */
  public IteratorOptions withAsOf(long timestamp) {
    Moments.checkTimestamp(timestamp);
    int newFlags = flags & ~AS_OF | Constants.SHIM_AS_OF_TIMESTAMP;
    return new IteratorOptions(lower, upper, prefix, snapshot, timestamp, newFlags, readaheadSize);
  }

  /**
   * {@return these options for the rows at a time}
   *
   * @param time the time, see {@link ReadOptions#withAsOf(Instant)}
   */
  public IteratorOptions withAsOf(Instant time) {
    Moments.checkTime(time);
    int newFlags = flags & ~AS_OF | Constants.SHIM_AS_OF_TIME;
    return new IteratorOptions(lower, upper, prefix, snapshot, Moments.toMicros(time), newFlags, readaheadSize);
  }

  /** {@return these options for keys without values: these come out empty} */
  public IteratorOptions withKeysOnly() {
    return new IteratorOptions(lower, upper, prefix, snapshot, asOf, flags | Constants.READ_KEYS_ONLY, readaheadSize);
  }

  /**
   * {@return these options for values that stay in value files until {@link WombatIterator#readValue()} asks for one} See option
   * {@link OptionName#VALUE_LOG_THRESHOLD}.
   */
  public IteratorOptions withLazyValues() {
    return new IteratorOptions(lower, upper, prefix, snapshot, asOf, flags | Constants.READ_LAZY_VALUES, readaheadSize);
  }

  /** {@return these options for a scan that does not push other blocks out of the cache} */
  public IteratorOptions withoutFillingCache() {
    return new IteratorOptions(lower, upper, prefix, snapshot, asOf, flags | Constants.READ_KEEP_CACHE, readaheadSize);
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
    return new IteratorOptions(lower, upper, prefix, snapshot, asOf, flags, size);
  }

  /** {@return whether only keys with a prefix are shown} */
  public boolean hasPrefix() {
    return prefix != null;
  }

  /** {@return what is added to the direction of reads} */
  int leaves() {
    return (flags & (Constants.READ_LAZY_VALUES | Constants.READ_KEYS_ONLY)) == Constants.READ_LAZY_VALUES
        ? Constants.SHIM_LEAVE_VALUES
        : 0;
  }

  /** {@return whether rows come without their values} */
  boolean isKeysOnly() {
    return (flags & Constants.READ_KEYS_ONLY) != 0;
  }

  /** {@return the handle of a new cursor} */
  long open(Wombat db) {
    try (BytesArgument keys = new BytesArgument(lower, upper, prefix)) {
      long moment = snapshot == null ? asOf : snapshot.handle();
      return WombatException.check(Raw.iterator_create(db.handle(), moment, flags, keys.first(), keys.firstSize(),
          keys.second(), keys.secondSize(), keys.third(), keys.thirdSize(), readaheadSize));
    } finally {
      Reference.reachabilityFence(db);
      Reference.reachabilityFence(this);
    }
  }

  /** {@return the handle of a new cursor of a transaction} */
  long open(Transaction transaction) {
    if (snapshot != null || (flags & AS_OF) != 0) {
      throw WombatException.invalid("a cursor of a transaction shows what the transaction sees, not another moment");
    }
    try (BytesArgument keys = new BytesArgument(lower, upper, prefix)) {
      return WombatException.check(Raw.txn_iterator_create(transaction.handle(), transaction.keyspaceHandle(), flags,
          keys.first(), keys.firstSize(), keys.second(), keys.secondSize(), keys.third(), keys.thirdSize(), readaheadSize));
    } finally {
      Reference.reachabilityFence(transaction);
    }
  }

  private static byte[] copy(byte[] key) {
    return key == null ? null : key.clone();
  }
}
