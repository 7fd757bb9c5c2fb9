package org.wombatdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * How a merge changes a value without reading it, see {@link Wombat#merge(MergeOperator, byte[], byte[])}. Where the key is
 * absent the operand becomes the value. Numbers, in values and operands, are 8 bytes, little-endian: {@link #encode(long)}.
 */
public final class MergeOperator {
  /** Adds a whole number, and wraps around. */
  public static final MergeOperator INT64_ADD = new MergeOperator("int64_add");

  /** Keeps the lesser whole number. */
  public static final MergeOperator INT64_MIN = new MergeOperator("int64_min");

  /** Keeps the greater whole number. */
  public static final MergeOperator INT64_MAX = new MergeOperator("int64_max");

  /** Adds a real number. */
  public static final MergeOperator DOUBLE_ADD = new MergeOperator("double_add");

  /** Keeps the lesser real number; what is no number gives way. */
  public static final MergeOperator DOUBLE_MIN = new MergeOperator("double_min");

  /** Keeps the greater real number; what is no number gives way. */
  public static final MergeOperator DOUBLE_MAX = new MergeOperator("double_max");

  /** Keeps the lesser bytes, in the order of keys. */
  public static final MergeOperator BYTES_MIN = new MergeOperator("bytes_min");

  /** Keeps the greater bytes, in the order of keys. */
  public static final MergeOperator BYTES_MAX = new MergeOperator("bytes_max");

  /** Puts the operand behind the value. */
  public static final MergeOperator APPEND = new MergeOperator("append");

  /** Bitwise or; the shorter one is as if zeros followed. */
  public static final MergeOperator BIT_OR = new MergeOperator("bit_or");

  /** Keeps a value that there is. */
  public static final MergeOperator SET_IF_ABSENT = new MergeOperator("set_if_absent");

  private final String name;
  private final byte[] text;

  private MergeOperator(String name) {
    this.name = name;
    text = Text.encode(name, "merge operator");
  }

  /**
   * {@return the operator that puts a separator and then the operand behind the value}
   *
   * @param separator comes between the two
   */
  public static MergeOperator append(String separator) {
    return new MergeOperator("append:" + separator);
  }

  /**
   * {@return an operator by its name}
   *
   * @param name as in {@code wombat_merge} of {@code wombat.h}
   */
  public static MergeOperator of(String name) {
    return new MergeOperator(Objects.requireNonNull(name, "name"));
  }

  /** {@return the name of this operator} */
  public String name() {
    return name;
  }

  /**
   * {@return a whole number as operand or value}
   *
   * @param number the number
   */
  public static byte[] encode(long number) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array();
  }

  /**
   * {@return a real number as operand or value}
   *
   * @param number the number
   */
  public static byte[] encode(double number) {
    return encode(Double.doubleToRawLongBits(number));
  }

  /**
   * {@return the whole number that a value is}
   *
   * @param value 8 bytes
   */
  public static long decodeLong(byte[] value) {
    if (value.length != Long.BYTES) {
      throw WombatException.invalid("a number has " + Long.BYTES + " bytes, not " + value.length);
    }
    return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  /**
   * {@return the real number that a value is}
   *
   * @param value 8 bytes
   */
  public static double decodeDouble(byte[] value) {
    return Double.longBitsToDouble(decodeLong(value));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MergeOperator operator && operator.name.equals(name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }

  /** The name with a zero byte behind it. */
  byte[] text() {
    return text;
  }
}
