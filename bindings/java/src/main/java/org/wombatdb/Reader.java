package org.wombatdb;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Point reads of a database or a transaction. The key and the value share one piece of native memory: the key first, the
 * value behind it.
 */
abstract class Reader {
  /**
   * Copies the value of a key to an address; {@return its size, -1 when the key is absent; when it is greater than {@code
   * room}, nothing was copied}
   */
  abstract long read(long key, int keySize, long to, int room, ReadOptions options);

  abstract boolean exists(long key, int keySize, ReadOptions options);

  byte[] get(byte[] key, ReadOptions options) {
    try (NativeMemory memory = NativeMemory.take(key.length)) {
      memory.put(0, key, 0, key.length);
      long size = read(memory, key.length, options);
      // The value may grow between two tries.
      while (size > memory.capacity() - key.length) {
        memory.grow(key.length + size);
        size = read(memory, key.length, options);
      }
      return size < 0 ? null : memory.get(key.length, (int) size);
    }
  }

  int get(byte[] key, int keyOffset, int keyLength, byte[] buffer, int offset, int length, ReadOptions options) {
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    Objects.checkFromIndexSize(offset, length, buffer.length);
    try (NativeMemory memory = NativeMemory.take((long) keyLength + length)) {
      memory.put(0, key, keyOffset, keyLength);
      long size = read(memory, keyLength, options);
      if (size > 0 && size <= length) {
        memory.get(keyLength, buffer, offset, (int) size);
      }
      return (int) size;
    }
  }

  int get(ByteBuffer key, ByteBuffer buffer, ReadOptions options) {
    if (buffer.isReadOnly()) {
      throw new java.nio.ReadOnlyBufferException();
    }
    if (key.hasArray() && buffer.hasArray()) {
      int room = buffer.remaining();
      int size = get(key.array(), key.arrayOffset() + key.position(), key.remaining(), buffer.array(),
          buffer.arrayOffset() + buffer.position(), room, options);
      if (size > 0 && size <= room) {
        buffer.position(buffer.position() + size);
      }
      return size;
    }
    return buffer.isDirect() ? getDirect(key, buffer, options) : getCopied(key, buffer, options);
  }

  private int getDirect(ByteBuffer key, ByteBuffer buffer, ReadOptions options) {
    int room = buffer.remaining();
    int keySize = key.remaining();
    long to = NativeMemory.addressOf(buffer) + buffer.position();
    long size;
    try {
      if (key.isDirect()) {
        size = read(NativeMemory.addressOf(key) + key.position(), keySize, to, room, options);
      } else {
        try (NativeMemory memory = NativeMemory.take(keySize)) {
          memory.put(0, key);
          size = read(memory.address(), keySize, to, room, options);
        }
      }
    } finally {
      Reference.reachabilityFence(key);
      Reference.reachabilityFence(buffer);
    }
    if (size > 0 && size <= room) {
      buffer.position(buffer.position() + (int) size);
    }
    return (int) size;
  }

  private int getCopied(ByteBuffer key, ByteBuffer buffer, ReadOptions options) {
    int room = buffer.remaining();
    int keySize = key.remaining();
    try (NativeMemory memory = NativeMemory.take((long) keySize + room)) {
      memory.put(0, key);
      long size = read(memory, keySize, options);
      if (size > 0 && size <= room) {
        memory.get(keySize, buffer, (int) size);
      }
      return (int) size;
    }
  }

  boolean contains(byte[] key, ReadOptions options) {
    try (NativeMemory memory = NativeMemory.take(key.length)) {
      memory.put(0, key, 0, key.length);
      return exists(memory.address(), key.length, options);
    }
  }

  private long read(NativeMemory memory, int keySize, ReadOptions options) {
    return read(memory.address(), keySize, memory.address() + keySize, memory.capacity() - keySize, options);
  }
}
