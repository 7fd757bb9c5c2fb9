package org.wombatdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A piece of memory outside the Java heap through which bytes go to and from the library. Whoever took one has it alone
 * until he gives it back. They are pooled by slots rather than by thread, so that many (virtual) threads do not each
 * keep one.
 *
 * <p>Copying through such memory costs less than the array functions of JNI, and no array is ever locked in place.
 */
final class NativeMemory implements AutoCloseable {
  private static final int SIZE = 64 * 1024;
  /** What is larger than this goes back to the system after the call. */
  private static final int SIZE_KEPT_MAX = 1 << 20;
  private static final int SLOTS = 64;
  /** Slots that are neighbours in memory would share a cache line. */
  private static final int STRIDE = 16;

  private static final AtomicReferenceArray<NativeMemory> POOL = new AtomicReferenceArray<>(SLOTS * STRIDE);

  static {
    NativeLibrary.load();
  }

  private ByteBuffer buffer;
  private long address;
  private final int slot;

  private NativeMemory(int slot) {
    this.slot = slot;
    reallocate(SIZE);
  }

  /** Takes a piece with room for at least {@code size} bytes. Give it back with {@link #close}. */
  static NativeMemory take(long size) {
    int slot = (int) (Thread.currentThread().getId() % SLOTS) * STRIDE;
    NativeMemory memory = POOL.getAndSet(slot, null);
    if (memory == null) {
      memory = new NativeMemory(slot);
    }
    if (size > memory.buffer.capacity()) {
      try {
        memory.grow(size);
      } catch (Throwable failure) {
        memory.close();
        throw failure;
      }
    }
    return memory;
  }

  @Override
  public void close() {
    if (buffer.capacity() > SIZE_KEPT_MAX || !POOL.compareAndSet(slot, null, this)) {
      free(buffer);
    }
  }

  long address() {
    return address;
  }

  int capacity() {
    return buffer.capacity();
  }

  /** Makes room for {@code size} bytes; what was in it is kept. */
  void grow(long size) {
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(size + " bytes in one call are more than Java can address");
    }
    if (size > buffer.capacity()) {
      ByteBuffer old = buffer;
      reallocate((int) size);
      buffer.put(0, old, 0, old.capacity());
      free(old);
    }
  }

  void put(int offset, byte[] from, int start, int length) {
    buffer.put(offset, from, start, length);
  }

  /** Copies what remains in {@code from}, whose position stays. */
  void put(int offset, ByteBuffer from) {
    buffer.put(offset, from, from.position(), from.remaining());
  }

  void get(int offset, byte[] to, int start, int length) {
    buffer.get(offset, to, start, length);
  }

  byte[] get(int offset, int length) {
    byte[] bytes = new byte[length];
    buffer.get(offset, bytes);
    return bytes;
  }

  void get(int offset, ByteBuffer to, int length) {
    to.put(to.position(), buffer, offset, length);
    to.position(to.position() + length);
  }

  void putByte(int offset, byte value) {
    buffer.put(offset, value);
  }

  /** Integers of packed layouts. */
  void putInt(int offset, int value) {
    buffer.putInt(offset, value);
  }

  int getInt(int offset) {
    return buffer.getInt(offset);
  }

  /** Numbers that calls write, which are as the machine has them; so is every Java platform that Wombat runs on. */
  long getLong(int offset) {
    return buffer.getLong(offset);
  }

  private void reallocate(int size) {
    ByteBuffer fresh = allocate(size);
    if (fresh == null) {
      throw new OutOfMemoryError("no " + size + " bytes of native memory");
    }
    buffer = fresh.order(ByteOrder.LITTLE_ENDIAN);
    address = addressOf(fresh);
  }

  /** {@return a direct buffer over fresh memory, or null} */
  private static native ByteBuffer allocate(int size);

  private static native void free(ByteBuffer buffer);

  /** {@return where the bytes of a direct buffer are; it must be kept reachable} */
  static native long addressOf(ByteBuffer buffer);
}
