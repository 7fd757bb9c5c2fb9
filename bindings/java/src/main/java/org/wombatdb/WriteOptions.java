package org.wombatdb;

import java.time.Duration;
import java.util.Objects;

/**
 * How a write is done.
 *
 * @param sync when it is acknowledged
 * @param isWaiting false: where the write would be delayed because background work is behind, it fails with
 *     {@link Status#BUSY}
 * @param timeout longest wait for background work, zero for no limit; then the write fails with {@link Status#TIMED_OUT}
 *     and nothing was written
 * @param timeToLive how long what is put stays there, zero for as option {@link OptionName#TTL_DEFAULT_MS} says, {@link
 *     #FOREVER} for no end; writes that put nothing ignore it
 */
public record WriteOptions(Sync sync, boolean isWaiting, Duration timeout, Duration timeToLive) {
  /** When a write is acknowledged. */
  public enum Sync {
    /** As the database's option {@link OptionName#WAL_SYNC} says. */
    DEFAULT(Constants.SYNC_DEFAULT),
    /** When it is durable. */
    ALWAYS(Constants.SYNC_ALWAYS),
    /** When the operating system has it: it survives the process, not loss of power. */
    NEVER(Constants.SYNC_NEVER);

    final int code;

    Sync(int code) {
      this.code = code;
    }
  }

  /** A time to live without end. */
  public static final Duration FOREVER = Durations.FOREVER;

  /** What calls without write options use. */
  public static final WriteOptions DEFAULT = new WriteOptions(Sync.DEFAULT, true, Duration.ZERO, Duration.ZERO);

  /**
   * Checks the components.
   *
   * @param sync when it is acknowledged
   * @param isWaiting false: it fails where it would be delayed
   * @param timeout longest wait for background work, zero for no limit
   * @param timeToLive how long what is put stays there, zero for as the option says
   */
  public WriteOptions {
    Objects.requireNonNull(sync, "sync");
    Durations.check(timeout);
    Durations.check(timeToLive, "a time to live");
  }

  /**
   * {@return these options with another sync policy}
   *
   * @param sync when the write is acknowledged
   */
  public WriteOptions withSync(Sync sync) {
    return new WriteOptions(sync, isWaiting, timeout, timeToLive);
  }

  /** {@return these options for a write that fails rather than waits} */
  public WriteOptions withoutWaiting() {
    return new WriteOptions(sync, false, timeout, timeToLive);
  }

  /**
   * {@return these options with a longest wait}
   *
   * @param timeout zero for no limit
   */
  public WriteOptions withTimeout(Duration timeout) {
    return new WriteOptions(sync, isWaiting, timeout, timeToLive);
  }

  /**
   * {@return these options for puts that are absent again after some time}
   *
   * @param timeToLive the time, in milliseconds; zero for as option {@link OptionName#TTL_DEFAULT_MS} says; {@link #FOREVER}
   *     for no end
   */
  public WriteOptions withTimeToLive(Duration timeToLive) {
    return new WriteOptions(sync, isWaiting, timeout, timeToLive);
  }

  int flags() {
    return isWaiting ? 0 : Constants.WRITE_NO_WAIT;
  }

  long timeoutMicros() {
    return Durations.toMicros(timeout);
  }

  long millisToLive() {
    return Durations.toMillisToLive(timeToLive);
  }
}
