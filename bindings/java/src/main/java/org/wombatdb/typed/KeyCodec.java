package org.wombatdb.typed;

import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Turns keys of a type into parts and back. Several put one behind the other make a key of several parts: see {@link
 * Keys#pair}, or write a class whose methods call {@link KeyWriter} and {@link KeyReader} for one member after the other.
 *
 * @param <T> the type
 */
public interface KeyCodec<T> extends Codec<T> {
  /**
   * Appends the parts of a key.
   *
   * @param key not null
   * @param writer receives them
   */
  void write(T key, KeyWriter writer);

  /**
   * {@return the key whose parts come next}
   *
   * @param reader gives them
   */
  T read(KeyReader reader);

  @Override
  default byte[] encode(T key) {
    KeyWriter writer = new KeyWriter();
    write(key, writer);
    return writer.toByteArray();
  }

  @Override
  default T decode(byte[] bytes) {
    KeyReader reader = new KeyReader(bytes);
    T key = read(reader);
    if (reader.hasMore()) {
      throw new CodecException("the key goes on at byte " + reader.position() + ", where it should end");
    }
    return key;
  }

  /**
   * {@return a codec from two functions}
   *
   * @param <T> the type
   * @param write appends the parts of a key
   * @param read reads them
   */
  static <T> KeyCodec<T> of(BiConsumer<T, KeyWriter> write, Function<KeyReader, T> read) {
    return new KeyCodec<>() {
      @Override
      public void write(T key, KeyWriter writer) {
        write.accept(key, writer);
      }

      @Override
      public T read(KeyReader reader) {
        return read.apply(reader);
      }
    };
  }
}
