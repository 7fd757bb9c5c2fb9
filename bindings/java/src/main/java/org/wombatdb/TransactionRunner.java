package org.wombatdb;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Does the work of a transaction again after conflicts, as often and with such pauses as options retry.* say. */
final class TransactionRunner {
  /** A cancelled one does not wait longer than this. */
  private static final long NAP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final Wombat db;
  private final TransactionOptions options;
  private final boolean hasDeadline;
  private final long deadline;
  private final BooleanSupplier isCancelled;

  /** {@code timeout} zero: no limit. */
  TransactionRunner(Wombat db, TransactionOptions options, Duration timeout, BooleanSupplier isCancelled) {
    Durations.check(timeout);
    long micros = Durations.toMicros(timeout);
    this.db = db;
    this.options = options;
    this.isCancelled = isCancelled;
    hasDeadline = micros != 0;
    deadline = System.nanoTime() + Math.min(TimeUnit.MICROSECONDS.toNanos(micros), Long.MAX_VALUE / 2);
  }

  <T, X extends Exception> TransactionResult<T> run(TransactionFunction<T, X> work) throws X {
    for (int retries = 0;; ++retries) {
      try (Transaction transaction = db.begin(options)) {
        T value = work.apply(transaction);
        return new TransactionResult<>(value, transaction.commit(), retries);
      } catch (WombatException failure) {
        // The transaction is closed by now, and holds no locks while this waits.
        if (failure.status() != Status.CONFLICT && failure.status() != Status.DEADLOCK) {
          throw failure;
        }
        pause(retries, failure);
      }
    }
  }

  /** Waits before the work is repeated; throws when it is not to be. */
  private void pause(int retries, WombatException conflict) {
    long delayMicros;
    try {
      delayMicros = WombatException.check(Raw.txn_retry_delay(db.handle(), retries));
    } finally {
      Reference.reachabilityFence(db);
    }
    if (delayMicros < 0) {
      throw conflict;
    }
    long end = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(delayMicros);
    if (hasDeadline && end - deadline >= 0) {
      throw gaveUp(Status.TIMED_OUT, "the time limit does not permit another attempt at the transaction", conflict);
    }
    for (long left = end - System.nanoTime();; left = end - System.nanoTime()) {
      if (Thread.currentThread().isInterrupted()) {
        throw gaveUp(Status.CANCELLED, "the thread was interrupted before another attempt at the transaction", conflict);
      }
      if (isCancelled.getAsBoolean()) {
        throw gaveUp(Status.CANCELLED, "cancelled before another attempt at the transaction", conflict);
      }
      if (left <= 0) {
        return;
      }
      LockSupport.parkNanos(Math.min(left, NAP_NANOS));
    }
  }

  private static WombatException gaveUp(Status status, String message, WombatException conflict) {
    WombatException exception = new WombatException(status, 0, false, message);
    exception.initCause(conflict);
    return exception;
  }
}
