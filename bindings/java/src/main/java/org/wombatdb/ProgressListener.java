package org.wombatdb;

/** Is told from time to time how far a long call is. */
@FunctionalInterface
public interface ProgressListener {
  /**
   * Called on the thread of the call. What it throws ends the call and is thrown by it.
   *
   * @param done bytes done
   * @param total bytes to do; 0: not known
   * @return false to cancel the call, which then fails with {@link Status#CANCELLED}
   */
  boolean progress(long done, long total);
}
