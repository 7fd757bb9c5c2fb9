package org.wombatdb;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/** What remains in a buffer, as an address for the time of a call: its own when it is direct, that of a copy otherwise. */
final class BufferArgument implements AutoCloseable {
  private final ByteBuffer buffer;
  private final NativeMemory copy;
  private final long address;
  private final int size;

  BufferArgument(ByteBuffer buffer) {
    this.buffer = buffer;
    size = buffer.remaining();
    if (buffer.isDirect()) {
      copy = null;
      address = NativeMemory.addressOf(buffer) + buffer.position();
    } else {
      copy = NativeMemory.take(size);
      copy.put(0, buffer);
      address = copy.address();
    }
  }

  long address() {
    return address;
  }

  int size() {
    return size;
  }

  @Override
  public void close() {
    if (copy != null) {
      copy.close();
    }
    Reference.reachabilityFence(buffer);
  }
}
