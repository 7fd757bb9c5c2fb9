package org.wombatdb;

/**
 * Up to three arrays one behind the other in native memory, for the time of a call. Each may be null: then its size is -1,
 * as the shim says that there are no bytes at all.
 */
final class BytesArgument implements AutoCloseable {
  private final NativeMemory memory;
  private final int firstSize;
  private final int secondSize;
  private final int thirdSize;

  BytesArgument(byte[] first, byte[] second) {
    this(first, second, null);
  }

  BytesArgument(byte[] first, byte[] second, byte[] third) {
    firstSize = size(first);
    secondSize = size(second);
    thirdSize = size(third);
    memory = NativeMemory.take((long) room(firstSize) + room(secondSize) + room(thirdSize));
    put(0, first);
    put(room(firstSize), second);
    put(room(firstSize) + room(secondSize), third);
  }

  long first() {
    return memory.address();
  }

  int firstSize() {
    return firstSize;
  }

  long second() {
    return memory.address() + room(firstSize);
  }

  int secondSize() {
    return secondSize;
  }

  long third() {
    return memory.address() + room(firstSize) + room(secondSize);
  }

  int thirdSize() {
    return thirdSize;
  }

  @Override
  public void close() {
    memory.close();
  }

  private static int size(byte[] bytes) {
    return bytes == null ? -1 : bytes.length;
  }

  private static int room(int size) {
    return Math.max(size, 0);
  }

  private void put(int at, byte[] bytes) {
    if (bytes != null) {
      memory.put(at, bytes, 0, bytes.length);
    }
  }
}
