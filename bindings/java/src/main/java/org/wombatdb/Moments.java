package org.wombatdb;

import java.time.Instant;

/** Commit timestamps, and times in microseconds since 1970: moments of the past to read at, and times of expiry. */
final class Moments {
  private Moments() {}

  static void checkTimestamp(long timestamp) {
    if (timestamp <= 0) {
      throw WombatException.invalid("a commit timestamp is greater than 0, but this one is " + timestamp);
    }
  }

  static void checkTime(Instant time) {
    if (toMicros(time) <= 0) {
      throw WombatException.invalid("a time to read at lies after 1970, but this one is " + time);
    }
  }

  static WombatException tooMany() {
    return WombatException.invalid("a read is of one moment: a snapshot, a timestamp or a time, not several of them");
  }

  /** A time of expiry for the library, where 0 is never: what lies before 1970 has expired just as well at its beginning. */
  static long toExpiry(Instant time) {
    return time.equals(Wombat.NEVER) ? 0 : Math.max(1, toMicros(time));
  }

  /** {@return a time of expiry of the library's: null where there is no entry} */
  static Instant fromExpiry(long micros) {
    if (micros < 0) {
      return null;
    }
    return micros == 0 ? Wombat.NEVER : Instant.ofEpochSecond(micros / 1_000_000, micros % 1_000_000 * 1000);
  }

  /** Times before 1970 are 0, and those too late to count the last that can be. */
  static long toMicros(Instant time) {
    if (time.getEpochSecond() >= Long.MAX_VALUE / 1_000_000) {
      return Long.MAX_VALUE;
    }
    return time.getEpochSecond() < 0 ? 0 : time.getEpochSecond() * 1_000_000 + time.getNano() / 1000;
  }
}
