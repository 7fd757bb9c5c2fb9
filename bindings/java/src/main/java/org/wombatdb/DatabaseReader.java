package org.wombatdb;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.time.Instant;
import java.util.Objects;

/** Reads of a database by keys, at the moment that the options name. */
final class DatabaseReader extends Reader {
  private static final int NUMBER_SIZE = 8;
  /** A part of up to this size is asked for without knowing that it is there. */
  private static final int PART_SIZE_KNOWN = 32 * 1024;

  private final Wombat db;

  DatabaseReader(Wombat db) {
    this.db = db;
  }

  @Override
  long read(long key, int keySize, long to, int room, ReadOptions options) {
    try {
      return WombatException.check(Raw.get(db.handle(), key, keySize, options.moment(), options.flags(), to, room));
    } finally {
      fence(options);
    }
  }

  @Override
  boolean exists(long key, int keySize, ReadOptions options) {
    try {
      return WombatException.check(Raw.exists(db.handle(), key, keySize, options.moment(), options.flags())) == 0;
    } finally {
      fence(options);
    }
  }

  byte[] getPart(byte[] key, long offset, int length, ReadOptions options) {
    checkPart(offset, length);
    // A large part need not be there: how much memory it takes is asked for before, and again when the value has changed meanwhile.
    long sizeExpected = length <= PART_SIZE_KNOWN ? Long.MAX_VALUE : valueSize(key, options);
    while (sizeExpected >= 0) {
      int room = (int) Math.max(0, Math.min(length, sizeExpected - offset));
      int begin = NUMBER_SIZE + key.length;
      try (NativeMemory memory = NativeMemory.take((long) begin + room)) {
        memory.put(NUMBER_SIZE, key, 0, key.length);
        long count = readPart(memory.address() + NUMBER_SIZE, key.length, offset, memory.address() + begin, room,
            memory.address(), options);
        if (count < 0) {
          return null;
        }
        long size = memory.getLong(0);
        if (room == length || size == sizeExpected) {
          return memory.get(begin, (int) count);
        }
        sizeExpected = size;
      }
    }
    return null;
  }

  int getPart(byte[] key, int keyOffset, int keyLength, long valueOffset, byte[] buffer, int offset, int length,
      ReadOptions options) {
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    Objects.checkFromIndexSize(offset, length, buffer.length);
    checkPart(valueOffset, length);
    int begin = NUMBER_SIZE + keyLength;
    try (NativeMemory memory = NativeMemory.take((long) begin + length)) {
      memory.put(NUMBER_SIZE, key, keyOffset, keyLength);
      long count = readPart(memory.address() + NUMBER_SIZE, keyLength, valueOffset, memory.address() + begin, length,
          memory.address(), options);
      if (count > 0) {
        memory.get(begin, buffer, offset, (int) count);
      }
      return (int) count;
    }
  }

  int getPart(ByteBuffer key, long valueOffset, ByteBuffer buffer, ReadOptions options) {
    if (buffer.isReadOnly()) {
      throw new ReadOnlyBufferException();
    }
    checkPart(valueOffset, 0);
    int keySize = key.remaining();
    int room = buffer.remaining();
    int begin = NUMBER_SIZE + keySize;
    try (NativeMemory memory = NativeMemory.take((long) begin + (buffer.isDirect() ? 0 : room))) {
      memory.put(NUMBER_SIZE, key);
      long to = buffer.isDirect() ? NativeMemory.addressOf(buffer) + buffer.position() : memory.address() + begin;
      long count = readPart(memory.address() + NUMBER_SIZE, keySize, valueOffset, to, room, memory.address(), options);
      if (count > 0 && buffer.isDirect()) {
        buffer.position(buffer.position() + (int) count);
      } else if (count > 0) {
        memory.get(begin, buffer, (int) count);
      }
      return (int) count;
    } finally {
      Reference.reachabilityFence(buffer);
    }
  }

  long valueSize(byte[] key, ReadOptions options) {
    try (NativeMemory memory = NativeMemory.take((long) NUMBER_SIZE + key.length)) {
      memory.put(NUMBER_SIZE, key, 0, key.length);
      long count = readPart(memory.address() + NUMBER_SIZE, key.length, 0, 0, 0, memory.address(), options);
      return count < 0 ? -1 : memory.getLong(0);
    }
  }

  private static void checkPart(long offset, int length) {
    if (offset < 0 || length < 0) {
      throw WombatException.invalid("a part of " + length + " bytes from byte " + offset + " on");
    }
  }

  /** {@return how many bytes were copied, -1 when the key is absent} {@code size} becomes the size of the whole value. */
  private long readPart(long key, int keySize, long offset, long to, int room, long size, ReadOptions options) {
    try {
      return WombatException.check(
          Raw.get_part(db.handle(), key, keySize, offset, options.moment(), options.flags(), to, room, size));
    } finally {
      fence(options);
    }
  }

  Instant expiry(byte[] key, ReadOptions options) {
    try (NativeMemory memory = NativeMemory.take(key.length)) {
      memory.put(0, key, 0, key.length);
      return Moments.fromExpiry(WombatException.check(
          Raw.get_expiry(db.handle(), memory.address(), key.length, options.moment(), options.flags())));
    } finally {
      fence(options);
    }
  }

  /** A {@link MultiGet.LookUp}. */
  long multiGet(long keys, long keysSize, ReadOptions options, long buffer, long capacity, long used) {
    try {
      return Raw.multi_get_packed(db.handle(), keys, keysSize, options.moment(), options.flags(), options.timeoutMicros(),
          buffer, capacity, used);
    } finally {
      fence(options);
    }
  }

  /** Neither the database nor the snapshot may be collected, and so closed, while a call uses its handle. */
  private void fence(ReadOptions options) {
    Reference.reachabilityFence(db);
    Reference.reachabilityFence(options);
  }
}
