package org.wombatdb.typed;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.UUID;

/**
 * Reads the parts of a key in the order in which they were written. As {@code wombat_key_read_...} in {@code wombat.h}.
 * Throws {@link CodecException} for what no {@link KeyWriter} writes. One thread at a time.
 */
public final class KeyReader {
  private final byte[] key;
  private int position;

  /**
   * Begins at the first part.
   *
   * @param key the key, which must not be changed while it is read
   */
  public KeyReader(byte[] key) {
    this.key = key;
  }

  /** {@return whether there is another part} */
  public boolean hasMore() {
    return position < key.length;
  }

  /** {@return the byte at which the next part begins} */
  public int position() {
    return position;
  }

  /** {@return a number of 4 bytes} */
  public int getInt() {
    return (int) getSigned(Integer.BYTES);
  }

  /** {@return a number of 8 bytes} */
  public long getLong() {
    return getSigned(Long.BYTES);
  }

  /**
   * {@return a number}
   *
   * @param width its bytes: 1, 2, 4 or 8
   */
  public long getSigned(int width) {
    return getBigEndian(width) - (1L << (8 * width - 1));
  }

  /**
   * {@return a number that is not negative; of 8 bytes, those from 2^63 on come out negative}
   *
   * @param width its bytes: 1, 2, 4 or 8
   */
  public long getUnsigned(int width) {
    return getBigEndian(width);
  }

  /** {@return a bool} */
  public boolean getBoolean() {
    int begin = position;
    long value = getBigEndian(1);
    if (value > 1) {
      position = begin;
      throw malformed(begin, "a bool is 0 or 1, not " + value);
    }
    return value == 1;
  }

  /** {@return a floating-point number} */
  public double getDouble() {
    long bits = getBigEndian(Double.BYTES);
    return Double.longBitsToDouble(bits < 0 ? bits ^ Long.MIN_VALUE : ~bits);
  }

  /** {@return a point in time} */
  public Instant getTimestamp() {
    int begin = position;
    try {
      return Instant.EPOCH.plus(getLong(), ChronoUnit.MICROS);
    } catch (DateTimeException exception) {
      position = begin;
      throw malformed(begin, "no point in time that Java knows");
    }
  }

  /** {@return a UUID} */
  public UUID getUuid() {
    need(16);
    return new UUID(getBigEndian(Long.BYTES), getBigEndian(Long.BYTES));
  }

  /** {@return a text} */
  public String getString() {
    int begin = position;
    try {
      return decode(getBytes());
    } catch (CharacterCodingException exception) {
      position = begin;
      throw malformed(begin, "not valid UTF-8");
    }
  }

  /** {@return bytes that were written with {@link KeyWriter#putBytes}} */
  public byte[] getBytes() {
    need(1);
    byte[] part = new byte[key.length - position];
    int size = 0;
    for (int at = position; at + 1 < key.length; ++at) {
      if (key[at] == 0) {
        ++at;
        if (key[at] == 1) {
          position = at + 1;
          return Arrays.copyOf(part, size);
        }
        if (key[at] != (byte) 0xFF) {
          throw malformed(at, "FF or 01 expected behind a zero byte");
        }
        part[size++] = 0;
      } else {
        part[size++] = key[at];
      }
    }
    throw malformed(position, "its end, 00 01, is missing");
  }

  /**
   * {@return bytes that were written as they are}
   *
   * @param size how many
   */
  public byte[] getFixed(int size) {
    need(size);
    position += size;
    return Arrays.copyOfRange(key, position - size, position);
  }

  /** {@return all bytes that are left} */
  public byte[] getRest() {
    return getFixed(key.length - position);
  }

  static String decode(byte[] text) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
  }

  private long getBigEndian(int width) {
    Widths.check(width);
    need(width);
    long value = 0;
    for (int i = 0; i < width; ++i) {
      value = value << 8 | key[position++] & 0xFF;
    }
    return value;
  }

  private void need(int size) {
    int left = key.length - position;
    if (size > left) {
      throw malformed(position, size + " bytes expected, " + left + " are there");
    }
  }

  private static CodecException malformed(int position, String what) {
    return new CodecException("key part at byte " + position + ": " + what);
  }
}
