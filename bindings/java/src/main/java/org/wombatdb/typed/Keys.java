package org.wombatdb.typed;

import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.UUID;

/** Codecs for keys. Keys are ordered as their values are. */
public final class Keys {
  /** Numbers of 4 bytes. */
  public static final KeyCodec<Integer> INTEGER = KeyCodec.of((key, out) -> out.putInt(key), KeyReader::getInt);

  /** Numbers of 8 bytes. */
  public static final KeyCodec<Long> LONG = KeyCodec.of((key, out) -> out.putLong(key), KeyReader::getLong);

  /** Numbers of 8 bytes, negative ones standing for those from 2^63 on. */
  public static final KeyCodec<Long> UNSIGNED_LONG =
      KeyCodec.of((key, out) -> out.putUnsigned(key, Long.BYTES), in -> in.getUnsigned(Long.BYTES));

  /** Bools, false first. */
  public static final KeyCodec<Boolean> BOOLEAN = KeyCodec.of((key, out) -> out.putBoolean(key), KeyReader::getBoolean);

  /** Floating-point numbers, -0 before 0, NaN last. */
  public static final KeyCodec<Double> DOUBLE = KeyCodec.of((key, out) -> out.putDouble(key), KeyReader::getDouble);

  /** Texts in the order of their code points. */
  public static final KeyCodec<String> STRING = KeyCodec.of((key, out) -> out.putString(key), KeyReader::getString);

  /** Byte strings. */
  public static final KeyCodec<byte[]> BYTES = KeyCodec.of((key, out) -> out.putBytes(key), KeyReader::getBytes);

  /** Texts that are the whole key, or its last part: the plain UTF-8, as programs write it that know of no parts. */
  public static final KeyCodec<String> LAST_STRING =
      KeyCodec.of((key, out) -> putLast(key, out), in -> getLast(in));

  /** UUIDs in the order of their text. */
  public static final KeyCodec<UUID> UUID = KeyCodec.of((key, out) -> out.putUuid(key), KeyReader::getUuid);

  /** Points in time, cut to microseconds. */
  public static final KeyCodec<Instant> TIMESTAMP = KeyCodec.of((key, out) -> out.putTimestamp(key), KeyReader::getTimestamp);

  private Keys() {}

  /**
   * Two keys as one.
   *
   * @param <A> type of the first
   * @param <B> type of the second
   * @param first decides the order
   * @param second decides it where the first are equal
   */
  public record Pair<A, B>(A first, B second) {}

  /**
   * {@return a codec for keys of two parts}
   *
   * @param <A> type of the first
   * @param <B> type of the second
   * @param first codec of the first
   * @param second codec of the second
   */
  public static <A, B> KeyCodec<Pair<A, B>> pair(KeyCodec<A> first, KeyCodec<B> second) {
    return KeyCodec.of((key, out) -> {
      first.write(key.first(), out);
      second.write(key.second(), out);
    }, in -> new Pair<>(first.read(in), second.read(in)));
  }

  private static void putLast(String key, KeyWriter out) {
    java.nio.ByteBuffer encoded = KeyWriter.encode(key);
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    out.putFixed(bytes);
  }

  private static String getLast(KeyReader in) {
    try {
      return KeyReader.decode(in.getRest());
    } catch (CharacterCodingException exception) {
      throw new CodecException("the last part of the key is not valid UTF-8", exception);
    }
  }
}
