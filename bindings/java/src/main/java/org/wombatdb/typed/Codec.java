package org.wombatdb.typed;

import java.util.function.Function;

/**
 * Turns values of a type into bytes and back. For values; {@link KeyCodec} is for keys.
 *
 * @param <T> the type
 */
public interface Codec<T> {
  /**
   * {@return the bytes of a value}
   *
   * @param value not null
   */
  byte[] encode(T value);

  /**
   * {@return the value of bytes}
   *
   * @param bytes what {@link #encode} made
   * @throws CodecException when they are something else
   */
  T decode(byte[] bytes);

  /**
   * {@return a codec from two functions, such as those of a JSON library}
   *
   * @param <T> the type
   * @param encode makes bytes of a value
   * @param decode makes a value of bytes
   */
  static <T> Codec<T> of(Function<T, byte[]> encode, Function<byte[], T> decode) {
    return new Codec<>() {
      @Override
      public byte[] encode(T value) {
        return encode.apply(value);
      }

      @Override
      public T decode(byte[] bytes) {
        return decode.apply(bytes);
      }
    };
  }
}
