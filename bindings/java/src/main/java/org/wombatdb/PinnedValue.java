package org.wombatdb;

import java.lang.ref.Reference;
import java.util.Objects;

/**
 * A value where it lies, in the cache or in a memtable, from which parts can be copied. It stays what it was, also when
 * the key is overwritten or the database closed. Holds memory of the database until it is closed. One thread at a time.
 */
public final class PinnedValue implements AutoCloseable {
  private final NativeHandle handle;
  private final long address;
  private final int size;

  private PinnedValue(long pin, long address, int size) {
    handle = new NativeHandle(this, "pinned value", pin, Raw::pin_destroy);
    this.address = address;
    this.size = size;
  }

  static PinnedValue find(Wombat db, byte[] key, ReadOptions options) {
    long pin = WombatException.check(Raw.pin_create());
    boolean isKept = false;
    try (NativeMemory memory = NativeMemory.take(8L + key.length)) {
      memory.put(8, key, 0, key.length);
      long size = WombatException.check(Raw.get_pinned(db.handle(), memory.address() + 8, key.length, options.moment(),
          options.flags(), pin, memory.address()));
      if (size < 0) {
        return null;
      }
      PinnedValue found = new PinnedValue(pin, memory.getLong(0), (int) size);
      isKept = true;
      return found;
    } finally {
      if (!isKept) {
        Raw.pin_destroy(pin);
      }
      Reference.reachabilityFence(db);
      Reference.reachabilityFence(options);
    }
  }

  /** {@return the size of the value} */
  public int size() {
    return size;
  }

  /** {@return a copy of the whole value} */
  public byte[] toByteArray() {
    byte[] bytes = new byte[size];
    copyTo(0, bytes, 0, size);
    return bytes;
  }

  /**
   * Copies a part of the value.
   *
   * @param from where the part begins in the value
   * @param to receives it
   * @param offset where to begin there
   * @param length how much
   */
  public void copyTo(int from, byte[] to, int offset, int length) {
    Objects.checkFromIndexSize(from, length, size);
    Objects.checkFromIndexSize(offset, length, to.length);
    handle.enter();
    try (NativeMemory memory = NativeMemory.take(0)) {
      for (int done = 0; done < length;) {
        int part = Math.min(length - done, memory.capacity());
        Raw.copy(address + from + done, part, memory.address());
        memory.get(0, to, offset + done, part);
        done += part;
      }
    } finally {
      handle.leave();
      Reference.reachabilityFence(this);
    }
  }

  /** Lets go of the value. The second and later calls do nothing. */
  @Override
  public void close() {
    handle.close();
  }
}
