package org.wombatdb;

import java.time.Duration;

/** Time limits: microseconds for the library, where 0 is none. */
final class Durations {
  private Durations() {}

  static void check(Duration timeout) {
    if (timeout.isNegative()) {
      throw WombatException.invalid("a timeout is not negative, but this one is " + timeout);
    }
  }

  /** A limit shorter than a microsecond is one of a microsecond, not none. */
  static long toMicros(Duration timeout) {
    if (timeout.isZero()) {
      return 0;
    }
    if (timeout.getSeconds() > Long.MAX_VALUE / 2_000_000) {
      return 0;
    }
    return Math.max(1, timeout.getSeconds() * 1_000_000 + timeout.getNano() / 1000);
  }
}
