package org.wombatdb.typed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Codecs for values. They need no order: text is its plain UTF-8, numbers are little-endian. */
public final class Values {
  /** Bytes as they are. */
  public static final Codec<byte[]> BYTES = Codec.of(value -> value, bytes -> bytes);

  /** Texts as UTF-8. */
  public static final Codec<String> STRING =
      Codec.of(value -> value.getBytes(StandardCharsets.UTF_8), bytes -> new String(bytes, StandardCharsets.UTF_8));

  /** Numbers of 8 bytes. */
  public static final Codec<Long> LONG =
      Codec.of(value -> buffer(Long.BYTES).putLong(value).array(), bytes -> wrap(bytes, Long.BYTES).getLong());

  /** Floating-point numbers. */
  public static final Codec<Double> DOUBLE =
      Codec.of(value -> buffer(Double.BYTES).putDouble(value).array(), bytes -> wrap(bytes, Double.BYTES).getDouble());

  private Values() {}

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer wrap(byte[] bytes, int size) {
    if (bytes.length != size) {
      throw new CodecException("a number has " + size + " bytes, not " + bytes.length);
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
