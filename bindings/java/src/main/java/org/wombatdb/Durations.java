package org.wombatdb;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/** Lengths of time as the library counts them, where 0 is none, or as an option says. */
final class Durations {
  /** Longer than anything; for the library a number of its own. */
  static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

  private static final long LIBRARY_FOREVER = -1;
  private static final long MICROS_MAX = Long.MAX_VALUE / 2;

  private Durations() {}

  static void check(Duration timeout) {
    check(timeout, "a timeout");
  }

  static void check(Duration length, String what) {
    if (length.isNegative()) {
      throw WombatException.invalid(what + " is not negative, but this one is " + length);
    }
  }

  /** A limit shorter than a microsecond is one of a microsecond, not none. */
  static long toMicros(Duration timeout) {
    long micros = toMicrosMax(timeout);
    return micros == MICROS_MAX ? 0 : micros;
  }

  /** For limits where none is not the default. */
  static long toMicrosOrForever(Duration timeout) {
    long micros = toMicrosMax(timeout);
    return micros == MICROS_MAX ? LIBRARY_FOREVER : micros;
  }

  /** For limits that can be long, but not without end: the library adds them to the time. */
  static long toMicrosMax(Duration timeout) {
    if (timeout.isZero()) {
      return 0;
    }
    if (timeout.getSeconds() >= MICROS_MAX / 1_000_000) {
      return MICROS_MAX;
    }
    return Math.max(1, timeout.getSeconds() * 1_000_000 + timeout.getNano() / 1000);
  }

  /** A time to live: 0 as the option of the keyspace says. One shorter than a millisecond is one of a millisecond. */
  static long toMillisToLive(Duration timeToLive) {
    if (timeToLive.isZero()) {
      return 0;
    }
    if (timeToLive.getSeconds() >= MICROS_MAX / 1_000_000) {
      return LIBRARY_FOREVER;
    }
    return Math.max(1, timeToLive.toMillis());
  }
}
