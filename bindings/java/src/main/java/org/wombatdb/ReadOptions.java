package org.wombatdb;

import java.time.Duration;
import java.time.Instant;

/**
 * How a read is done. At most one of {@code snapshot}, {@code asOfTimestamp} and {@code asOfTime} says of which moment.
 *
 * @param snapshot the moment to read at; null: the newest state
 * @param isFillingCache false: this read does not push other blocks out of the cache
 * @param timeout longest time of a multiGet, zero for no limit
 * @param asOfTimestamp the commit after which to read; 0: the newest state
 * @param asOfTime the time at which to read; null: the newest state
 */
public record ReadOptions(Snapshot snapshot, boolean isFillingCache, Duration timeout, long asOfTimestamp, Instant asOfTime) {
  /** What calls without read options use. */
  public static final ReadOptions DEFAULT = new ReadOptions(null, true, Duration.ZERO, 0, null);

  /**
   * Checks the components.
   *
   * @param snapshot the moment to read at; null: the newest state
   * @param isFillingCache false: this read does not push other blocks out of the cache
   * @param timeout longest time of a multiGet, zero for no limit
   * @param asOfTimestamp the commit after which to read; 0: the newest state
   * @param asOfTime the time at which to read; null: the newest state
   */
  public ReadOptions {
    Durations.check(timeout);
    if (asOfTimestamp != 0) {
      Moments.checkTimestamp(asOfTimestamp);
    }
    if (asOfTime != null) {
      Moments.checkTime(asOfTime);
    }
    if ((snapshot != null ? 1 : 0) + (asOfTimestamp != 0 ? 1 : 0) + (asOfTime != null ? 1 : 0) > 1) {
      throw Moments.tooMany();
    }
  }

  /**
   * {@return options for reading at a moment}
   *
   * @param snapshot the moment
   */
  public static ReadOptions at(Snapshot snapshot) {
    return DEFAULT.withSnapshot(snapshot);
  }

  /**
   * {@return options for reading the state after a commit}
   *
   * @param timestamp of the commit, see {@link #withAsOf(long)}
   */
  public static ReadOptions asOf(long timestamp) {
    return DEFAULT.withAsOf(timestamp);
  }

  /**
   * {@return options for reading the state at a time}
   *
   * @param time the time, see {@link #withAsOf(Instant)}
   */
  public static ReadOptions asOf(Instant time) {
    return DEFAULT.withAsOf(time);
  }

  /**
   * {@return these options for another moment}
   *
   * @param snapshot the moment; null: the newest state
   */
  public ReadOptions withSnapshot(Snapshot snapshot) {
    return new ReadOptions(snapshot, isFillingCache, timeout, asOfTimestamp, asOfTime);
  }

  /**
   * {@return these options for the state after a commit} What option {@link OptionName#HISTORY_RETENTION_S} does not keep any
   * more answers {@link Status#TOO_OLD}.
   *
   * @param timestamp from {@link Wombat#commitTimestamp}, {@link Transaction#commit()} or {@link Snapshot#timestamp}
   */
  public ReadOptions withAsOf(long timestamp) {
    Moments.checkTimestamp(timestamp);
    return new ReadOptions(snapshot, isFillingCache, timeout, timestamp, null);
  }

  /**
   * {@return these options for the state at a time, to within a tenth of a second} What option {@link
   * OptionName#HISTORY_RETENTION_S} does not keep any more answers {@link Status#TOO_OLD}.
   *
   * @param time the time, after 1970
   */
  public ReadOptions withAsOf(Instant time) {
    Moments.checkTime(time);
    return new ReadOptions(snapshot, isFillingCache, timeout, 0, time);
  }

  /** {@return these options for a read that does not push other blocks out of the cache} */
  public ReadOptions withoutFillingCache() {
    return new ReadOptions(snapshot, false, timeout, asOfTimestamp, asOfTime);
  }

  /**
   * {@return these options with a longest time}
   *
   * @param timeout zero for no limit
   */
  public ReadOptions withTimeout(Duration timeout) {
    return new ReadOptions(snapshot, isFillingCache, timeout, asOfTimestamp, asOfTime);
  }

  int flags() {
    int flags = isFillingCache ? 0 : Constants.READ_KEEP_CACHE;
    if (asOfTimestamp != 0) {
      flags |= Constants.SHIM_AS_OF_TIMESTAMP;
    } else if (asOfTime != null) {
      flags |= Constants.SHIM_AS_OF_TIME;
    }
    return flags;
  }

  /** The moment, of which {@link #flags} say what it is. */
  long moment() {
    if (snapshot != null) {
      return snapshot.handle();
    }
    return asOfTime != null ? Moments.toMicros(asOfTime) : asOfTimestamp;
  }

  /** Whether all reads with these options show the same state. */
  boolean isOfOneMoment() {
    return snapshot != null || asOfTimestamp != 0 || asOfTime != null;
  }

  long timeoutMicros() {
    return Durations.toMicros(timeout);
  }
}
