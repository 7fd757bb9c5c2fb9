package org.wombatdb.typed;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;

/**
 * Builds a key of parts. As {@code wombat_key_append_...} in {@code wombat.h}. One thread at a time.
 *
 * <pre>{@code
 * byte[] key = new KeyWriter().putString("sensor").putTimestamp(now).toByteArray();
 * }</pre>
 */
public final class KeyWriter {
  private static final long NOT_A_NUMBER = 0x7FF8000000000000L;
  private static final byte ESCAPE = 0;
  private static final byte ESCAPED_ZERO = (byte) 0xFF;
  private static final byte PART_END = 1;

  private byte[] bytes = new byte[32];
  private int size;

  /** Makes an empty key. */
  public KeyWriter() {}

  /**
   * Appends a number of 4 bytes.
   *
   * @param value the number
   * @return this writer
   */
  public KeyWriter putInt(int value) {
    return putBigEndian(value ^ Integer.MIN_VALUE, Integer.BYTES);
  }

  /**
   * Appends a number of 8 bytes.
   *
   * @param value the number
   * @return this writer
   */
  public KeyWriter putLong(long value) {
    return putBigEndian(value ^ Long.MIN_VALUE, Long.BYTES);
  }

  /**
   * Appends a number of some width.
   *
   * @param value the number
   * @param width its bytes: 1, 2, 4 or 8
   * @return this writer
   */
  public KeyWriter putSigned(long value, int width) {
    Widths.check(width);
    long above = value >> (8 * width - 1);
    if (above != 0 && above != -1) {
      throw new CodecException(value + " does not fit into " + width + " bytes");
    }
    return putBigEndian(value ^ (1L << (8 * width - 1)), width);
  }

  /**
   * Appends a number that is not negative.
   *
   * @param value the number; of 8 bytes, negative ones stand for those from 2^63 on
   * @param width its bytes: 1, 2, 4 or 8
   * @return this writer
   */
  public KeyWriter putUnsigned(long value, int width) {
    Widths.check(width);
    if (width < 8 && value >>> (8 * width) != 0) {
      throw new CodecException(Long.toUnsignedString(value) + " does not fit into " + width + " bytes");
    }
    return putBigEndian(value, width);
  }

  /**
   * Appends a bool; false comes first.
   *
   * @param value the bool
   * @return this writer
   */
  public KeyWriter putBoolean(boolean value) {
    return putBigEndian(value ? 1 : 0, 1);
  }

  /**
   * Appends a floating-point number; -0 comes before 0, NaN behind infinity.
   *
   * @param value the number
   * @return this writer
   */
  public KeyWriter putDouble(double value) {
    long bits = Double.isNaN(value) ? NOT_A_NUMBER : Double.doubleToRawLongBits(value);
    return putBigEndian(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE, Double.BYTES);
  }

  /**
   * Appends a point in time, cut to microseconds.
   *
   * @param time the point
   * @return this writer
   */
  public KeyWriter putTimestamp(Instant time) {
    try {
      // Instants count nanoseconds forwards from their second, so this cuts towards the past before 1970 as well.
      return putLong(Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000L), time.getNano() / 1000));
    } catch (ArithmeticException exception) {
      throw new CodecException(time + " is too far from 1970", exception);
    }
  }

  /**
   * Appends a UUID, in the order of its text.
   *
   * @param value the UUID
   * @return this writer
   */
  public KeyWriter putUuid(UUID value) {
    return putBigEndian(value.getMostSignificantBits(), Long.BYTES).putBigEndian(value.getLeastSignificantBits(), Long.BYTES);
  }

  /**
   * Appends a text, in the order of its code points.
   *
   * @param text the text
   * @return this writer
   */
  public KeyWriter putString(String text) {
    ByteBuffer encoded = encode(text);
    return putEscaped(encoded.array(), encoded.arrayOffset(), encoded.remaining());
  }

  /**
   * Appends bytes of any number.
   *
   * @param data the bytes
   * @return this writer
   */
  public KeyWriter putBytes(byte[] data) {
    return putEscaped(data, 0, data.length);
  }

  /**
   * Appends bytes as they are: a part that always has the same size, or the last one.
   *
   * @param data the bytes
   * @return this writer
   */
  public KeyWriter putFixed(byte[] data) {
    reserve(data.length);
    System.arraycopy(data, 0, bytes, size, data.length);
    size += data.length;
    return this;
  }

  /** {@return the key so far} */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, size);
  }

  static ByteBuffer encode(String text) {
    try {
      return StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
    } catch (CharacterCodingException exception) {
      throw new CodecException("the text is not valid Unicode: half of a surrogate pair is missing", exception);
    }
  }

  private KeyWriter putEscaped(byte[] data, int offset, int length) {
    reserve(2L * length + 2);
    for (int i = offset; i < offset + length; ++i) {
      bytes[size++] = data[i];
      if (data[i] == ESCAPE) {
        bytes[size++] = ESCAPED_ZERO;
      }
    }
    bytes[size++] = ESCAPE;
    bytes[size++] = PART_END;
    return this;
  }

  private KeyWriter putBigEndian(long value, int width) {
    reserve(width);
    for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
    return this;
  }

  private void reserve(long more) {
    long needed = size + more;
    if (needed > Integer.MAX_VALUE - 8) {
      throw new CodecException("a key of " + needed + " bytes");
    }
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.max(needed, Math.min(2L * bytes.length, Integer.MAX_VALUE - 8)));
    }
  }
}
