package org.wombatdb;

/** Receives the messages of databases; see {@link WombatOptions.Builder#log}. */
@FunctionalInterface
public interface LogListener {
  /** Importance of a message. */
  enum Level {
    /** For developers of Wombat. */
    DEBUG,
    /** What happens in ordinary operation. */
    INFO,
    /** Something that may become a problem. */
    WARNING,
    /** Something that failed. */
    ERROR;

    static Level of(int number) {
      return values()[Math.max(DEBUG.ordinal(), Math.min(number, ERROR.ordinal()))];
    }
  }

  /**
   * Called on a thread of its own, one message after the other. Messages never hold keys or values.
   *
   * @param level how important it is
   * @param message one line
   */
  void message(Level level, String message);
}
