package org.wombatdb;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;

/** How a database ends: its failure is kept for who closed it; the log ends after the last message. */
final class Closing implements LongConsumer {
  private final long logQueue;
  private final AtomicReference<WombatException> failure = new AtomicReference<>();

  Closing(long logQueue) {
    this.logQueue = logQueue;
  }

  @Override
  public void accept(long db) {
    try {
      WombatException.check(Raw.close(db));
    } catch (WombatException exception) {
      failure.set(exception);
    } finally {
      Log.close(logQueue);
    }
  }

  /** Throws the failure to the first who asks. */
  void rethrow() {
    WombatException exception = failure.getAndSet(null);
    if (exception != null) {
      throw exception;
    }
  }
}
