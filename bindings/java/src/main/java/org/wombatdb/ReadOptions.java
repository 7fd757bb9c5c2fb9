package org.wombatdb;

import java.time.Duration;

/**
 * How a read is done.
 *
 * @param snapshot the moment to read at; null: the newest state
 * @param isFillingCache false: this read does not push other blocks out of the cache
 * @param timeout longest time of a multiGet, zero for no limit
 */
public record ReadOptions(Snapshot snapshot, boolean isFillingCache, Duration timeout) {
  /** What calls without read options use. */
  public static final ReadOptions DEFAULT = new ReadOptions(null, true, Duration.ZERO);

  /**
   * Checks the components.
   *
   * @param snapshot the moment to read at; null: the newest state
   * @param isFillingCache false: this read does not push other blocks out of the cache
   * @param timeout longest time of a multiGet, zero for no limit
   */
  public ReadOptions {
    Durations.check(timeout);
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
   * {@return these options for another moment}
   *
   * @param snapshot the moment; null: the newest state
   */
  public ReadOptions withSnapshot(Snapshot snapshot) {
    return new ReadOptions(snapshot, isFillingCache, timeout);
  }

  /** {@return these options for a read that does not push other blocks out of the cache} */
  public ReadOptions withoutFillingCache() {
    return new ReadOptions(snapshot, false, timeout);
  }

  /**
   * {@return these options with a longest time}
   *
   * @param timeout zero for no limit
   */
  public ReadOptions withTimeout(Duration timeout) {
    return new ReadOptions(snapshot, isFillingCache, timeout);
  }

  int flags() {
    return isFillingCache ? 0 : Constants.READ_KEEP_CACHE;
  }

  long snapshotHandle() {
    return snapshot == null ? 0 : snapshot.handle();
  }

  long timeoutMicros() {
    return Durations.toMicros(timeout);
  }
}
