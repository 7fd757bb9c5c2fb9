package org.wombatdb;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/** Strings to and from the library: UTF-8 with a zero byte behind it. */
final class Text {
  /** A call that takes a text and writes another. */
  interface NamedReader {
    long read(long name, long buffer, long capacity);
  }

  private static final int SIZE_EXPECTED = 4096;

  private Text() {}

  /** The bytes of a text, zero byte included. */
  static byte[] encode(String text, String what) {
    if (text.indexOf('\0') >= 0) {
      throw WombatException.invalid(what + " holds a zero character");
    }
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining() + 1];
      encoded.get(bytes, 0, bytes.length - 1);
      return bytes;
    } catch (CharacterCodingException exception) {
      throw WombatException.invalid(what + " is not valid Unicode: half of a surrogate pair is missing");
    }
  }

  /** Runs {@code call} with the address of a text. */
  static long pass(byte[] text, LongUnaryOperator call) {
    try (NativeMemory memory = NativeMemory.take(text.length)) {
      memory.put(0, text, 0, text.length);
      return call.applyAsLong(memory.address());
    }
  }

  /** Runs {@code call} with the addresses of two texts. */
  static long pass(byte[] first, byte[] second, LongBinaryOperator call) {
    try (NativeMemory memory = NativeMemory.take((long) first.length + second.length)) {
      memory.put(0, first, 0, first.length);
      memory.put(first.length, second, 0, second.length);
      return call.applyAsLong(memory.address(), memory.address() + first.length);
    }
  }

  /** What a call writes that is given (buffer, capacity). */
  static String read(LongBinaryOperator call) {
    return read(new byte[0], (name, buffer, capacity) -> call.applyAsLong(buffer, capacity));
  }

  /** The lines that a call writes that is given (buffer, capacity); a line end may stand behind the last. */
  static List<String> readLines(LongBinaryOperator call) {
    String text = read(call);
    return text.isEmpty() ? List.of() : List.of(text.split("\n"));
  }

  /** What a call writes that is given a text and (buffer, capacity). */
  static String read(byte[] name, NamedReader call) {
    int begin = name.length;
    try (NativeMemory memory = NativeMemory.take(begin + SIZE_EXPECTED)) {
      memory.put(0, name, 0, begin);
      for (;;) {
        long capacity = memory.capacity() - begin;
        long length = WombatException.check(call.read(memory.address(), memory.address() + begin, capacity));
        if (length < capacity) {
          return new String(memory.get(begin, (int) length), StandardCharsets.UTF_8);
        }
        memory.grow(begin + length + 1);
      }
    }
  }

  /** The number that a call writes that is given a text and the place for 8 bytes. */
  static long readLong(byte[] name, LongBinaryOperator call) {
    try (NativeMemory memory = NativeMemory.take(8L + name.length)) {
      memory.put(8, name, 0, name.length);
      WombatException.check(call.applyAsLong(memory.address() + 8, memory.address()));
      return memory.getLong(0);
    }
  }
}
