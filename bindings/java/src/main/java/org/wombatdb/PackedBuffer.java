package org.wombatdb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Operations in the packed layout of {@code wombat_batch_add_packed}: kind u8, 3 zero bytes, sizes u32, key, value. */
final class PackedBuffer {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN).withInvokeExactBehavior();
  private static final int SIZE_FIRST = 1024;

  private byte[] bytes = new byte[SIZE_FIRST];
  private int size;

  byte[] array() {
    return bytes;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  void addOperation(byte kind, byte[] key, int keyOffset, int keyLength, byte[] value, int valueOffset, int valueLength) {
    int end = size + 12 + keyLength + valueLength;
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(end, 2 * bytes.length));
    }
    INT.set(bytes, size, (int) kind);
    INT.set(bytes, size + 4, keyLength);
    INT.set(bytes, size + 8, valueLength);
    System.arraycopy(key, keyOffset, bytes, size + 12, keyLength);
    System.arraycopy(value, valueOffset, bytes, size + 12 + keyLength, valueLength);
    size = end;
  }
}
