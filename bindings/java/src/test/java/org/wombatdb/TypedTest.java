package org.wombatdb;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.wombatdb.typed.Codec;
import org.wombatdb.typed.CodecException;
import org.wombatdb.typed.KeyCodec;
import org.wombatdb.typed.KeyReader;
import org.wombatdb.typed.KeyWriter;
import org.wombatdb.typed.Keys;
import org.wombatdb.typed.TypedDb;
import org.wombatdb.typed.TypedRows;
import org.wombatdb.typed.Values;

/** Keys and values of types. System property {@code wombat.vectors} names the file that all languages share. */
final class TypedTest extends Tests {
  /** One part of a line of that file. */
  private record Part(String kind, String value) {
    byte[] bytes() {
      return HexFormat.of().parseHex(value.replace("-", ""));
    }

    int width() {
      return Integer.parseInt(kind.substring(1)) / 8;
    }

    double real() {
      return Double.longBitsToDouble(Long.parseUnsignedLong(value, 16));
    }

    Instant time() {
      return Instant.EPOCH.plus(Long.parseLong(value), ChronoUnit.MICROS);
    }

    void write(KeyWriter out) {
      switch (kind) {
        case "i8", "i16", "i32", "i64" -> out.putSigned(Long.parseLong(value), width());
        case "u8", "u16", "u32", "u64" -> out.putUnsigned(Long.parseUnsignedLong(value), width());
        case "bool" -> out.putBoolean(value.equals("1"));
        case "real" -> out.putDouble(real());
        case "time" -> out.putTimestamp(time());
        case "text" -> out.putString(text(bytes()));
        case "bytes" -> out.putBytes(bytes());
        case "uuid" -> out.putUuid(UUID.fromString(value));
        default -> out.putFixed(bytes());
      }
    }

    void check(KeyReader in) {
      switch (kind) {
        case "i8", "i16", "i32", "i64" -> checkEqual(in.getSigned(width()), Long.parseLong(value));
        case "u8", "u16", "u32", "u64" -> checkEqual(in.getUnsigned(width()), Long.parseUnsignedLong(value));
        case "bool" -> checkEqual(in.getBoolean(), value.equals("1"));
        case "real" -> checkEqual(Double.doubleToRawLongBits(in.getDouble()), Double.doubleToRawLongBits(real()));
        case "time" -> checkEqual(in.getTimestamp(), time());
        case "text" -> checkEqual(in.getString(), text(bytes()));
        case "bytes" -> checkEqual(in.getBytes(), bytes());
        case "uuid" -> checkEqual(in.getUuid(), UUID.fromString(value));
        default -> checkEqual(in.getFixed(bytes().length), bytes());
      }
    }
  }

  public static void main(String[] names) throws Exception {
    run(TypedTest.class, names);
  }

  @Test
  void vectorsOfAllLanguages() throws Exception {
    byte[] last = null;
    int count = 0;
    for (String line : Files.readAllLines(Path.of(System.getProperty("wombat.vectors")), StandardCharsets.UTF_8)) {
      if (line.isEmpty() || line.startsWith("#")) {
        last = line.isEmpty() ? null : last;
        continue;
      }
      String[] sides = line.split(" = ", -1);
      byte[] key = HexFormat.of().parseHex(sides[1]);
      KeyWriter writer = new KeyWriter();
      KeyReader reader = new KeyReader(key);
      for (String word : sides[0].split(" ")) {
        Part part = new Part(word.substring(0, word.indexOf(':')), word.substring(word.indexOf(':') + 1));
        part.write(writer);
        part.check(reader);
      }
      checkEqual(writer.toByteArray(), key);
      check(!reader.hasMore(), line);
      check(last == null || Arrays.compareUnsigned(last, key) < 0, "order at " + line);
      last = key;
      ++count;
    }
    check(count > 100, "vectors were read");
  }

  @Test
  void keysThatCannotBe() {
    checkThrows(CodecException.class, () -> new KeyWriter().putSigned(128, 1));
    checkThrows(CodecException.class, () -> new KeyWriter().putSigned(-129, 1));
    checkThrows(CodecException.class, () -> new KeyWriter().putUnsigned(1L << 32, 4));
    checkThrows(CodecException.class, () -> new KeyWriter().putSigned(0, 3));
    checkThrows(CodecException.class, () -> new KeyWriter().putString("\uD800"));
    checkThrows(CodecException.class, () -> new KeyWriter().putTimestamp(Instant.MAX));
    checkThrows(CodecException.class, () -> new KeyReader(bytes("ab")).getLong());
    checkThrows(CodecException.class, () -> new KeyReader(bytes("ab\0")).getBytes());
    checkThrows(CodecException.class, () -> new KeyReader(bytes("ab\0c")).getBytes());
    checkThrows(CodecException.class, () -> new KeyReader(new byte[] {2}).getBoolean());
    checkThrows(CodecException.class, () -> new KeyReader(new byte[] {(byte) 0xFF, 0, 1}).getString());
    checkThrows(CodecException.class, () -> Keys.INTEGER.decode(new byte[5]));
    checkThrows(CodecException.class, () -> Values.LONG.decode(new byte[7]));
  }

  @Test
  void timesAreCutTowardsThePast() {
    Instant before = Instant.EPOCH.minusNanos(1);
    checkEqual(Keys.TIMESTAMP.decode(Keys.TIMESTAMP.encode(before)), Instant.EPOCH.minusNanos(1000));
  }

  @Test
  void aMap() {
    try (Wombat db = open("db"); WriteBatch batch = new WriteBatch()) {
      TypedDb<String, Long> years = TypedDb.of(db, bytes("years/"), Keys.STRING, Values.LONG);
      TypedDb<Integer, String> names = TypedDb.of(db, bytes("names/"), Keys.INTEGER, Values.STRING);
      years.put("ada", 1815L);
      years.put(batch, "grace", 1906L);
      names.put(batch, -1, "minus one");
      names.put(batch, 1, "one");
      years.delete(batch, "nobody");
      db.write(batch);
      checkEqual(years.get("ada"), Optional.of(1815L));
      checkEqual(years.get("alan"), Optional.empty());
      checkEqual(years.multiGet(List.of("ada", "alan", "grace")), Map.of("ada", 1815L, "grace", 1906L));
      try (TypedRows<Integer, String> rows = names.rows()) {
        checkEqual(rows.stream().map(Map.Entry::getKey).collect(Collectors.toList()), List.of(-1, 1));
      }
      try (TypedRows<Integer, String> rows = names.rows(0, null)) {
        checkEqual(rows.iterator().next().getValue(), "one");
      }
      years.delete("ada");
      check(!years.contains("ada"), "deleted");
    }
  }

  @Test
  void keysOfSeveralParts() {
    record Reading(String sensor, Instant time) {}
    KeyCodec<Reading> codec = KeyCodec.of(
        (key, out) -> out.putString(key.sensor()).putTimestamp(key.time()),
        in -> new Reading(in.getString(), in.getTimestamp()));
    Codec<int[]> values = Codec.of(value -> bytes(Arrays.toString(value)), bytes -> new int[bytes.length]);
    Instant start = Instant.parse("2026-11-21T00:00:00Z");
    try (Wombat db = open("db")) {
      TypedDb<Reading, int[]> readings = TypedDb.of(db, codec, values);
      for (int i = 0; i < 10; ++i) {
        readings.put(new Reading("s" + i % 2, start.plusSeconds(i)), new int[] {i});
      }
      List<Instant> times = new ArrayList<>();
      for (Map.Entry<Reading, int[]> row : readings.rows(new KeyWriter().putString("s1"))) {
        times.add(row.getKey().time());
      }
      checkEqual(times.size(), 5);
      checkEqual(times.get(4), start.plusSeconds(9));
      TypedDb<Keys.Pair<String, Instant>, int[]> same = TypedDb.of(db, Keys.pair(Keys.STRING, Keys.TIMESTAMP), values);
      check(same.contains(new Keys.Pair<>("s0", start)), "a pair has the same bytes");
    }
  }
}
