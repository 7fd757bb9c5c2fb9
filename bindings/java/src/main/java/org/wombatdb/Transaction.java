package org.wombatdb;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

/**
 * Work on several keys, ranges and keyspaces that happens as if nothing else went on meanwhile. It reads the database as it
 * was when it began, and its own writes on top; nobody sees these before it commits.
 *
 * <pre>{@code
 * try (Transaction transaction = db.begin()) {
 *   byte[] balance = transaction.get(account);
 *   transaction.put(account, changed(balance));
 *   transaction.commit();
 * }
 * }</pre>
 *
 * <p>When another commit has changed what it has read, its commit fails with {@link Status#CONFLICT}, and the work is to be
 * done again from the start: {@link Wombat#callInTransaction} does that by itself. One thread at a time: the calls of a second
 * one fail with {@link Status#IN_USE}. After commit, rollback and its time limit calls fail with {@link Status#TXN_ENDED}.
 */
public final class Transaction implements AutoCloseable {
  private final NativeHandle handle;
  /** What must not be collected before this object: the transaction that was begun, or the database of this one. */
  private final Object parent;
  /** Null: that of the database object with which it was begun. */
  private final Wombat keyspace;
  private final Reader reader = new TransactionReader(this, false);
  private final Reader readerForUpdate = new TransactionReader(this, true);

  Transaction(Wombat db, TransactionOptions options) {
    parent = db;
    keyspace = null;
    try {
      handle = new NativeHandle(this, "transaction", WombatException.check(Raw.txn_begin(db.handle(), options.isolation().code,
          options.flags(), options.timeoutMicros(), options.lockTimeoutMicros(), options.sizeMax())), Raw::txn_destroy);
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  private Transaction(Transaction begun, Wombat keyspace) {
    parent = begun;
    this.keyspace = keyspace;
    handle = begun.handle;
  }

  /**
   * {@return this transaction for the keys of another keyspace} What is done through either is part of the same transaction,
   * which ends for both.
   *
   * @param keyspace of the same database, from {@link Wombat#openKeyspace}, or the database
   */
  public Transaction in(Wombat keyspace) {
    return new Transaction(this, Objects.requireNonNull(keyspace, "keyspace"));
  }

  // --- reading ---------------------------------------------------------------------------------------------------------

  /**
   * {@return the value of a key as this transaction sees it, or null}
   *
   * @param key the key
   */
  public byte[] get(byte[] key) {
    return reader.get(key, ReadOptions.DEFAULT);
  }

  /**
   * Copies the value of a key into an array. Allocates nothing.
   *
   * @param key the key
   * @param buffer receives the value
   * @return size of the value; -1 when the key is absent; when it is greater than the array, nothing was copied
   */
  public int get(byte[] key, byte[] buffer) {
    return reader.get(key, 0, key.length, buffer, 0, buffer.length, ReadOptions.DEFAULT);
  }

  /**
   * {@return the value of a key that is going to be written, or null} No other may change it before this transaction ends, at
   * any isolation level. A pessimistic transaction locks the key and waits for whoever holds it; an optimistic one is told at
   * its commit.
   *
   * @param key the key
   * @throws WombatException also {@link Status#TIMED_OUT}, {@link Status#DEADLOCK} and {@link Status#CONFLICT}; after the last
   *     two roll back
   */
  public byte[] getForUpdate(byte[] key) {
    return readerForUpdate.get(key, ReadOptions.DEFAULT);
  }

  /**
   * {@link #getForUpdate(byte[])} into an array. Allocates nothing.
   *
   * @param key the key
   * @param buffer receives the value
   * @return size of the value; -1 when the key is absent; when it is greater than the array, nothing was copied
   */
  public int getForUpdate(byte[] key, byte[] buffer) {
    return readerForUpdate.get(key, 0, key.length, buffer, 0, buffer.length, ReadOptions.DEFAULT);
  }

  /**
   * {@return whether a key is present}
   *
   * @param key the key
   */
  public boolean contains(byte[] key) {
    return reader.contains(key, ReadOptions.DEFAULT);
  }

  /**
   * Looks up many keys, faster than one by one.
   *
   * @param keys the keys
   * @return their values in the same order, null for each that is absent
   */
  public List<byte[]> multiGet(Collection<byte[]> keys) {
    return new MultiGet(keys, (packed, packedSize, options, buffer, capacity, used) -> {
      try {
        return Raw.txn_multi_get_packed(handle(), keyspaceHandle(), packed, packedSize, buffer, capacity, used);
      } finally {
        Reference.reachabilityFence(this);
      }
    }).run();
  }

  /** {@return a cursor over all rows, to be closed} It shows the writes of this transaction as they are now. */
  public WombatIterator iterator() {
    return new WombatIterator(this, IteratorOptions.DEFAULT);
  }

  /**
   * {@return a cursor over some rows, to be closed} It shows the writes of this transaction as they are now. Rows that it goes
   * over count as read, and so do the gaps between them.
   *
   * @param options which rows; without a snapshot or another moment
   */
  public WombatIterator iterator(IteratorOptions options) {
    return new WombatIterator(this, options);
  }

  /**
   * {@return some rows, for a loop or a stream; to be closed unless they are read to the end}
   *
   * @param options as for {@link #iterator(IteratorOptions)}
   */
  public Rows rows(IteratorOptions options) {
    return new Rows(iterator(options));
  }

  // --- writing ---------------------------------------------------------------------------------------------------------

  /**
   * Stores a value under a key, replacing what was there, when this transaction commits.
   *
   * @param key the key
   * @param value the value
   */
  public void put(byte[] key, byte[] value) {
    put(key, value, Duration.ZERO);
  }

  /**
   * Stores a value that is absent again after some time, which runs from this call.
   *
   * @param key the key
   * @param value the value
   * @param timeToLive the time; zero: as in a put without one; {@link WriteOptions#FOREVER}: no end
   */
  public void put(byte[] key, byte[] value, Duration timeToLive) {
    Durations.check(timeToLive, "a time to live");
    try (NativeMemory memory = NativeMemory.take((long) key.length + value.length)) {
      memory.put(0, key, 0, key.length);
      memory.put(key.length, value, 0, value.length);
      WombatException.check(Raw.txn_put(handle(), keyspaceHandle(), memory.address(), key.length,
          memory.address() + key.length, value.length, Durations.toMillisToLive(timeToLive)));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Removes a key when this transaction commits. It need not be there.
   *
   * @param key the key
   */
  public void delete(byte[] key) {
    try (NativeMemory memory = NativeMemory.take(key.length)) {
      memory.put(0, key, 0, key.length);
      WombatException.check(Raw.txn_delete(handle(), keyspaceHandle(), memory.address(), key.length));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Removes all keys of a range when this transaction commits. It takes back what the transaction has written there before,
   * and nothing of what it writes there later. No locks are taken for ranges.
   *
   * @param lower first key; null: no bound
   * @param upper first key that stays; null: no bound
   */
  public void deleteRange(byte[] lower, byte[] upper) {
    try (BytesArgument range = new BytesArgument(lower, upper)) {
      WombatException.check(Raw.txn_delete_range(handle(), keyspaceHandle(), range.first(), range.firstSize(), range.second(),
          range.secondSize()));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /**
   * Changes the value of a key by an operator when this transaction commits, which itself reads what the operator makes of
   * what it sees.
   *
   * @param operator how the value changes
   * @param key the key
   * @param operand what the operator takes
   */
  public void merge(MergeOperator operator, byte[] key, byte[] operand) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(operand, "operand");
    try (BytesArgument bytes = new BytesArgument(operator.text(), key, operand)) {
      WombatException.check(Raw.txn_merge(handle(), keyspaceHandle(), bytes.first(), bytes.second(), bytes.secondSize(),
          bytes.third(), bytes.thirdSize()));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  // --- savepoints and the end ------------------------------------------------------------------------------------------

  /** Marks the present state of the writes. Savepoints nest. */
  public void setSavepoint() {
    run(Raw::txn_set_savepoint);
  }

  /**
   * {@return whether there was a savepoint} Drops it, and undoes the writes since. What was read stays read, what was locked
   * stays locked.
   */
  public boolean rollbackToSavepoint() {
    return run(Raw::txn_rollback_to_savepoint) == 0;
  }

  /** {@return whether there was a savepoint} Forgets it and keeps the writes. */
  public boolean releaseSavepoint() {
    return run(Raw::txn_release_savepoint) == 0;
  }

  /** {@return the commit timestamp; 0 when there was nothing to write} Commits as {@link #commit(WriteOptions)} does. */
  public long commit() {
    return commit(WriteOptions.DEFAULT);
  }

  /**
   * Commits: all of it or nothing. The transaction has ended then; after {@link Status#BUSY}, {@link Status#TIMED_OUT} of the
   * options, {@link Status#NO_SPACE} and {@link Status#NO_MEMORY} it has not, and the commit may be tried again.
   *
   * @param options how to write; their time to live says nothing here
   * @return the commit timestamp; 0 when there was nothing to write
   * @throws WombatException {@link Status#CONFLICT}, naming the key or range and the commit that changed it
   */
  public long commit(WriteOptions options) {
    return run(transaction -> Raw.txn_commit(transaction, options.flags(), options.sync().code, options.timeoutMicros()));
  }

  /** Gives up what was written, and all locks. */
  public void rollback() {
    run(Raw::txn_rollback);
  }

  /**
   * First half of a two-phase commit: makes this transaction durable under a name, checked so that its commit cannot conflict
   * any more, and ends it here. {@link Wombat#commitPrepared} or {@link Wombat#rollbackPrepared} decides later, also after a
   * crash; until then other commits that would change what it has read, or write what it writes, conflict with it.
   *
   * @param name 1 to 255 bytes as UTF-8
   */
  public void prepare(String name) {
    byte[] text = Text.encode(name, "name of a prepared transaction");
    run(transaction -> Text.pass(text, in -> Raw.txn_prepare(transaction, in)));
  }

  /** Frees the transaction, rolling it back when it has not ended. The second and later calls do nothing. */
  @Override
  public void close() {
    handle.close();
  }

  private interface Call {
    long apply(long transaction);
  }

  private long run(Call call) {
    try {
      return WombatException.check(call.apply(handle()));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** The handle for a call; the caller keeps this object reachable. The library tells threads apart that meet in it. */
  long handle() {
    return handle.shared();
  }

  /** As the shim wants it: 0 for the keyspace of the database object with which the transaction was begun. */
  long keyspaceHandle() {
    return keyspace == null ? 0 : keyspace.handle();
  }
}
