package org.wombatdb;

/**
 * The work of a transaction, for {@link Wombat#callInTransaction}. It may be run several times, each time with a new
 * transaction, so it must not keep what it found before. It neither commits nor rolls back itself: when it throws, what it
 * wrote is given up.
 *
 * @param <T> type of what it finds out
 * @param <X> what it may throw beside unchecked exceptions
 */
@FunctionalInterface
public interface TransactionFunction<T, X extends Exception> {
  /**
   * {@return what was found out}
   *
   * @param transaction reads and writes
   * @throws X ends the work: what was written is given up
   */
  T apply(Transaction transaction) throws X;
}
