package org.wombatdb;

import java.lang.ref.Reference;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * Operations that are committed as one by {@link Wombat#write}. It may be written again, and cleared and used again. One
 * thread at a time.
 *
 * <p>Plain puts and deletes are collected in Java and handed to the library many at a time.
 */
public final class WriteBatch implements AutoCloseable {
  private static final int HEAD_SIZE = 12;
  private static final byte DELETE = 0;
  private static final byte PUT = 1;
  /** Holds every delete. */
  private static final int STAGE_SIZE_MAX = 128 * 1024;

  private final NativeHandle handle;
  private final PackedBuffer stage = new PackedBuffer();

  /** Makes an empty batch. */
  public WriteBatch() {
    handle = new NativeHandle(this, "write batch", WombatException.check(Raw.batch_create()), Raw::batch_destroy);
  }

  /**
   * Adds a put. Later operations on a key win over earlier ones.
   *
   * @param key the key
   * @param value the value
   * @return this batch
   */
  public WriteBatch put(byte[] key, byte[] value) {
    return put(key, 0, key.length, value, 0, value.length);
  }

  /**
   * Adds a put of parts of arrays.
   *
   * @param key holds the key
   * @param keyOffset where it begins
   * @param keyLength its length
   * @param value holds the value
   * @param valueOffset where it begins
   * @param valueLength its length
   * @return this batch
   */
  public WriteBatch put(byte[] key, int keyOffset, int keyLength, byte[] value, int valueOffset, int valueLength) {
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    Objects.checkFromIndexSize(valueOffset, valueLength, value.length);
    long batch = handle.enter();
    try {
      add(batch, PUT, key, keyOffset, keyLength, value, valueOffset, valueLength);
    } finally {
      handle.leave();
      Reference.reachabilityFence(this);
    }
    return this;
  }

  /**
   * Adds a delete.
   *
   * @param key the key
   * @return this batch
   */
  public WriteBatch delete(byte[] key) {
    long batch = handle.enter();
    try {
      add(batch, DELETE, key, 0, key.length, key, 0, 0);
    } finally {
      handle.leave();
      Reference.reachabilityFence(this);
    }
    return this;
  }

  /**
   * Adds a put that is absent again after some time, which runs from this call.
   *
   * @param key the key
   * @param value the value
   * @param timeToLive the time; zero: as in a put without one; {@link WriteOptions#FOREVER}: no end
   * @return this batch
   */
  public WriteBatch put(byte[] key, byte[] value, Duration timeToLive) {
    Durations.check(timeToLive, "a time to live");
    checkSize("key", key.length, Wombat.KEY_SIZE_MAX);
    checkSize("value", value.length, Wombat.VALUE_SIZE_MAX);
    run(true, batch -> {
      try (BytesArgument bytes = new BytesArgument(key, value)) {
        return Raw.batch_put_ttl(batch, bytes.first(), bytes.firstSize(), bytes.second(), bytes.secondSize(),
            Durations.toMillisToLive(timeToLive));
      }
    });
    return this;
  }

  /**
   * Adds a put that is absent again from a certain time on, such as {@link Wombat#expiry} gives.
   *
   * @param key the key
   * @param value the value
   * @param expiry the time, of which whole microseconds count; {@link Wombat#NEVER}: no end. One that has passed hides what
   *     was there, like a delete
   * @return this batch
   */
  public WriteBatch put(byte[] key, byte[] value, Instant expiry) {
    long micros = Moments.toExpiry(expiry);
    checkSize("key", key.length, Wombat.KEY_SIZE_MAX);
    checkSize("value", value.length, Wombat.VALUE_SIZE_MAX);
    run(true, batch -> {
      try (BytesArgument bytes = new BytesArgument(key, value)) {
        return Raw.batch_put_until(batch, bytes.first(), bytes.firstSize(), bytes.second(), bytes.secondSize(), micros);
      }
    });
    return this;
  }

  /**
   * Adds a merge. It applies to what earlier operations of this batch have left.
   *
   * @param operator how the value changes
   * @param key the key
   * @param operand what the operator takes
   * @return this batch
   */
  public WriteBatch merge(MergeOperator operator, byte[] key, byte[] operand) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(operand, "operand");
    run(true, batch -> {
      try (BytesArgument bytes = new BytesArgument(operator.text(), key, operand)) {
        return Raw.batch_merge(batch, bytes.first(), bytes.second(), bytes.secondSize(), bytes.third(), bytes.thirdSize());
      }
    });
    return this;
  }

  /**
   * Adds a removal of all keys of a range. It takes back what earlier operations of this batch do there, and not what later
   * ones do.
   *
   * @param lower first key; null: no bound
   * @param upper first key that stays; null: no bound
   * @return this batch
   */
  public WriteBatch deleteRange(byte[] lower, byte[] upper) {
    run(true, batch -> {
      try (BytesArgument range = new BytesArgument(lower, upper)) {
        return Raw.batch_delete_range(batch, range.first(), range.firstSize(), range.second(), range.secondSize());
      }
    });
    return this;
  }

  /**
   * Says where operations that are added from now on belong: to one keyspace, whatever the batch is written to.
   *
   * @param keyspace from {@link Wombat#openKeyspace}, or the database; null: what the batch is written to, as in a new batch
   * @return this batch
   */
  public WriteBatch useKeyspace(Wombat keyspace) {
    try {
      long where = keyspace == null ? 0 : keyspace.handle();
      run(true, batch -> Raw.batch_use_keyspace(batch, where));
    } finally {
      Reference.reachabilityFence(keyspace);
    }
    return this;
  }

  /** Removes all operations and savepoints; the next operations belong to what the batch is written to. */
  public void clear() {
    run(false, Raw::batch_clear);
    stage.clear();
  }

  /** {@return the number of operations} */
  public long count() {
    return run(true, Raw::batch_count);
  }

  /** {@return the bytes that this batch will take in the log} */
  public long size() {
    return run(true, Raw::batch_size);
  }

  /** Marks the present end of the batch. Savepoints nest. */
  public void setSavepoint() {
    run(true, Raw::batch_set_savepoint);
  }

  /** {@return whether there was a savepoint} Drops it, and what was added since. */
  public boolean rollbackToSavepoint() {
    return run(true, Raw::batch_rollback_to_savepoint) == 0;
  }

  /** {@return whether there was a savepoint} Forgets it and keeps the operations. */
  public boolean releaseSavepoint() {
    return run(true, Raw::batch_release_savepoint) == 0;
  }

  /** Frees the batch. The second and later calls do nothing. */
  @Override
  public void close() {
    handle.close();
  }

  void commit(long db, WriteOptions options) {
    run(true, batch -> Raw.write(db, batch, options.flags(), options.sync().code, options.timeoutMicros(),
        options.millisToLive()));
  }

  private interface Call {
    long apply(long batch);
  }

  private long run(boolean isFlushing, Call call) {
    long batch = handle.enter();
    try {
      if (isFlushing) {
        flush(batch);
      }
      return WombatException.check(call.apply(batch));
    } finally {
      handle.leave();
      Reference.reachabilityFence(this);
    }
  }

  private void add(long batch, byte kind, byte[] key, int keyOffset, int keyLength, byte[] value, int valueOffset,
      int valueLength) {
    checkSize("key", keyLength, Wombat.KEY_SIZE_MAX);
    checkSize("value", valueLength, Wombat.VALUE_SIZE_MAX);
    long size = (long) HEAD_SIZE + keyLength + valueLength;
    if (stage.size() + size > STAGE_SIZE_MAX) {
      flush(batch);
    }
    if (size > STAGE_SIZE_MAX) {
      addDirectly(batch, key, keyOffset, keyLength, value, valueOffset, valueLength);
    } else {
      stage.addOperation(kind, key, keyOffset, keyLength, value, valueOffset, valueLength);
    }
  }

  /** A large put: one more copy of it would be felt. */
  private static void addDirectly(long batch, byte[] key, int keyOffset, int keyLength, byte[] value, int valueOffset,
      int valueLength) {
    try (NativeMemory memory = NativeMemory.take((long) keyLength + valueLength)) {
      memory.put(0, key, keyOffset, keyLength);
      memory.put(keyLength, value, valueOffset, valueLength);
      WombatException.check(Raw.batch_put(batch, memory.address(), keyLength, memory.address() + keyLength, valueLength));
    }
  }

  private void flush(long batch) {
    if (stage.size() == 0) {
      return;
    }
    try (NativeMemory memory = NativeMemory.take(stage.size())) {
      memory.put(0, stage.array(), 0, stage.size());
      WombatException.check(Raw.batch_add_packed(batch, memory.address(), stage.size()));
    }
    stage.clear();
  }

  private static void checkSize(String what, int size, int sizeMax) {
    if (size > sizeMax) {
      throw new WombatException(Status.TOO_LARGE, 0, false, what + " has " + size + " bytes; at most " + sizeMax + " are allowed");
    }
  }
}
