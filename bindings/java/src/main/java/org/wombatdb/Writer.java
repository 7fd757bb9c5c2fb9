package org.wombatdb;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/** Single writes. Their arguments lie one behind the other in one piece of native memory. */
final class Writer {
  private static final int NUMBER_SIZE = 8;

  private final Wombat db;

  Writer(Wombat db) {
    this.db = db;
  }

  void put(byte[] key, int keyOffset, int keyLength, byte[] value, int valueOffset, int valueLength, WriteOptions options) {
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    Objects.checkFromIndexSize(valueOffset, valueLength, value.length);
    try (NativeMemory memory = NativeMemory.take((long) keyLength + valueLength)) {
      memory.put(0, key, keyOffset, keyLength);
      memory.put(keyLength, value, valueOffset, valueLength);
      put(memory.address(), keyLength, memory.address() + keyLength, valueLength, options);
    }
  }

  void put(ByteBuffer key, ByteBuffer value, WriteOptions options) {
    if (key.hasArray() && value.hasArray()) {
      put(key.array(), key.arrayOffset() + key.position(), key.remaining(), value.array(),
          value.arrayOffset() + value.position(), value.remaining(), options);
      return;
    }
    try (BufferArgument keyBytes = new BufferArgument(key); BufferArgument valueBytes = new BufferArgument(value)) {
      put(keyBytes.address(), keyBytes.size(), valueBytes.address(), valueBytes.size(), options);
    }
  }

  private void put(long key, int keySize, long value, int valueSize, WriteOptions options) {
    try {
      WombatException.check(Raw.put(db.handle(), key, keySize, value, valueSize, options.flags(), options.sync().code,
          options.timeoutMicros(), options.millisToLive()));
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  void delete(byte[] key, int keyOffset, int keyLength, WriteOptions options) {
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    try (NativeMemory memory = NativeMemory.take(keyLength)) {
      memory.put(0, key, keyOffset, keyLength);
      delete(memory.address(), keyLength, options);
    }
  }

  void delete(ByteBuffer key, WriteOptions options) {
    try (BufferArgument bytes = new BufferArgument(key)) {
      delete(bytes.address(), bytes.size(), options);
    }
  }

  private void delete(long key, int keySize, WriteOptions options) {
    try {
      WombatException.check(
          Raw.delete(db.handle(), key, keySize, options.flags(), options.sync().code, options.timeoutMicros()));
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  void deleteRange(byte[] lower, byte[] upper, WriteOptions options) {
    try (BytesArgument range = new BytesArgument(lower, upper)) {
      WombatException.check(Raw.delete_range(db.handle(), range.first(), range.firstSize(), range.second(), range.secondSize(),
          options.flags(), options.sync().code, options.timeoutMicros()));
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  void merge(MergeOperator operator, byte[] key, byte[] operand, WriteOptions options) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(operand, "operand");
    try (BytesArgument bytes = new BytesArgument(operator.text(), key, operand)) {
      WombatException.check(Raw.merge(db.handle(), bytes.first(), bytes.second(), bytes.secondSize(), bytes.third(),
          bytes.thirdSize(), options.flags(), options.sync().code, options.timeoutMicros()));
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  boolean putIfAbsent(byte[] key, byte[] value, WriteOptions options) {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(value, "value");
    try (BytesArgument bytes = new BytesArgument(key, value)) {
      return WombatException.check(Raw.put_if_absent(db.handle(), bytes.first(), bytes.firstSize(), bytes.second(),
          bytes.secondSize(), options.flags(), options.sync().code, options.timeoutMicros(), options.millisToLive())) == 0;
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  boolean compareAndSet(byte[] key, byte[] expected, byte[] desired, WriteOptions options) {
    Objects.requireNonNull(key, "key");
    try (BytesArgument bytes = new BytesArgument(key, expected, desired)) {
      return WombatException.check(Raw.compare_and_set(db.handle(), bytes.first(), bytes.firstSize(), bytes.second(),
          bytes.secondSize(), bytes.third(), bytes.thirdSize(), options.flags(), options.sync().code, options.timeoutMicros(),
          options.millisToLive())) == 0;
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  long fetchAdd(byte[] key, long delta, WriteOptions options) {
    try (NativeMemory memory = NativeMemory.take((long) NUMBER_SIZE + key.length)) {
      memory.put(NUMBER_SIZE, key, 0, key.length);
      WombatException.check(Raw.fetch_add(db.handle(), memory.address() + NUMBER_SIZE, key.length, delta, options.flags(),
          options.sync().code, options.timeoutMicros(), options.millisToLive(), memory.address()));
      return memory.getLong(0);
    } finally {
      Reference.reachabilityFence(db);
    }
  }
}
