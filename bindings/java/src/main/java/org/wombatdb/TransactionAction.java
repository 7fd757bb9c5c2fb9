package org.wombatdb;

/**
 * The work of a transaction that finds nothing out, for {@link Wombat#runInTransaction}; as {@link TransactionFunction} in all
 * else.
 *
 * @param <X> what it may throw beside unchecked exceptions
 */
@FunctionalInterface
public interface TransactionAction<X extends Exception> {
  /**
   * Does the work.
   *
   * @param transaction reads and writes
   * @throws X ends the work: what was written is given up
   */
  void accept(Transaction transaction) throws X;
}
