package org.wombatdb;

import java.time.Duration;
import java.util.Objects;

/**
 * How a transaction is done.
 *
 * @param isolation what it may see of others
 * @param isReadOnly its writes are refused; it never waits and never conflicts
 * @param isPessimistic locks the keys that it writes, and those of {@link Transaction#getForUpdate(byte[])}, until it ends
 * @param timeout longest time of all of it, then its calls fail with {@link Status#TIMED_OUT} and it ends; zero: as option
 *     {@link OptionName#TXN_TIMEOUT_MS} says; {@link #NO_LIMIT}: none
 * @param lockTimeout longest wait for one lock, then the call fails with {@link Status#TIMED_OUT}; zero: as option {@link
 *     OptionName#TXN_LOCK_TIMEOUT_MS} says
 * @param sizeMax bytes of memory for what it reads and writes, then calls fail with {@link Status#TOO_LARGE}; 0: as option
 *     {@link OptionName#TXN_MAX_SIZE} says
 */
public record TransactionOptions(Isolation isolation, boolean isReadOnly, boolean isPessimistic, Duration timeout,
    Duration lockTimeout, long sizeMax) {
  /** What a transaction may see of others. */
  public enum Isolation {
    /** As the database's option {@link OptionName#TXN_ISOLATION} says: serializable, unless it was changed. */
    DEFAULT(Constants.ISOLATION_DEFAULT),
    /** As if transactions ran one after another, in the order of their commits. */
    SERIALIZABLE(Constants.SERIALIZABLE),
    /** Reads are of one moment; of two that write the same key one fails. Permits write skew. */
    SNAPSHOT(Constants.SNAPSHOT),
    /** Each read sees what is committed by then; of two writes of a key the later one stands. */
    READ_COMMITTED(Constants.READ_COMMITTED);

    final int code;

    Isolation(int code) {
      this.code = code;
    }
  }

  /** For a transaction that may take any time. */
  public static final Duration NO_LIMIT = Durations.FOREVER;

  /** What calls without transaction options use. */
  public static final TransactionOptions DEFAULT =
      new TransactionOptions(Isolation.DEFAULT, false, false, Duration.ZERO, Duration.ZERO, 0);

  /** For transactions that write nothing. */
  public static final TransactionOptions READ_ONLY =
      new TransactionOptions(Isolation.DEFAULT, true, false, Duration.ZERO, Duration.ZERO, 0);

  /** For transactions that lock what they write. */
  public static final TransactionOptions PESSIMISTIC =
      new TransactionOptions(Isolation.DEFAULT, false, true, Duration.ZERO, Duration.ZERO, 0);

  /**
   * Checks the components.
   *
   * @param isolation what it may see of others
   * @param isReadOnly its writes are refused
   * @param isPessimistic locks the keys that it writes
   * @param timeout longest time of all of it, zero for as the option says
   * @param lockTimeout longest wait for one lock, zero for as the option says
   * @param sizeMax bytes of memory, 0 for as the option says
   */
  public TransactionOptions {
    Objects.requireNonNull(isolation, "isolation");
    Durations.check(timeout);
    Durations.check(lockTimeout);
    if (sizeMax < 0) {
      throw WombatException.invalid("a transaction of at most " + sizeMax + " bytes");
    }
  }

  /**
   * {@return these options with another isolation level}
   *
   * @param isolation what the transaction may see of others
   */
  public TransactionOptions withIsolation(Isolation isolation) {
    return new TransactionOptions(isolation, isReadOnly, isPessimistic, timeout, lockTimeout, sizeMax);
  }

  /**
   * {@return these options with a longest time}
   *
   * @param timeout of all of it; zero: as the option says; {@link #NO_LIMIT}: none
   */
  public TransactionOptions withTimeout(Duration timeout) {
    return new TransactionOptions(isolation, isReadOnly, isPessimistic, timeout, lockTimeout, sizeMax);
  }

  /**
   * {@return these options with a longest wait for one lock}
   *
   * @param lockTimeout zero: as the option says
   */
  public TransactionOptions withLockTimeout(Duration lockTimeout) {
    return new TransactionOptions(isolation, isReadOnly, isPessimistic, timeout, lockTimeout, sizeMax);
  }

  /**
   * {@return these options with another limit of memory}
   *
   * @param sizeMax bytes; 0: as the option says
   */
  public TransactionOptions withSizeMax(long sizeMax) {
    return new TransactionOptions(isolation, isReadOnly, isPessimistic, timeout, lockTimeout, sizeMax);
  }

  int flags() {
    return (isReadOnly ? Constants.TXN_READ_ONLY : 0) | (isPessimistic ? Constants.TXN_PESSIMISTIC : 0);
  }

  long timeoutMicros() {
    return Durations.toMicrosOrForever(timeout);
  }

  long lockTimeoutMicros() {
    return Durations.toMicrosMax(lockTimeout);
  }
}
