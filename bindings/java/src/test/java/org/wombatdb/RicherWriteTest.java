package org.wombatdb;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes beyond put and delete, and reads of the past. */
final class RicherWriteTest extends Tests {
  private static final byte[] KEY = bytes("k");

  public static void main(String[] names) throws Exception {
    run(RicherWriteTest.class, names);
  }

  private static List<String> keysOf(Wombat db, IteratorOptions options) {
    List<String> keys = new ArrayList<>();
    try (Rows rows = db.rows(options)) {
      rows.forEach(row -> keys.add(text(row.key())));
    }
    return keys;
  }

  private static void fill(Wombat db, String... keys) {
    for (String key : keys) {
      db.put(bytes(key), bytes(key));
    }
  }

  @Test
  void rangeDeletes() {
    try (Wombat db = open("db")) {
      fill(db, "a", "b", "c", "d", "e", "f");
      db.deleteRange(bytes("b"), bytes("d"));
      checkEqual(keysOf(db, IteratorOptions.DEFAULT), List.of("a", "d", "e", "f"));
      db.deleteRange(null, bytes("b"));
      db.deleteRange(bytes("f"), null, WriteOptions.DEFAULT.withSync(WriteOptions.Sync.ALWAYS));
      checkEqual(keysOf(db, IteratorOptions.DEFAULT), List.of("d", "e"));
      checkStatus(Status.INVALID_ARGUMENT, () -> db.deleteRange(bytes("b"), bytes("b")));
      checkStatus(Status.INVALID_ARGUMENT, () -> db.deleteRange(bytes("b"), new byte[0]));
      db.deleteRange(new byte[0], null);
      checkEqual(keysOf(db, IteratorOptions.DEFAULT), List.of());
    }
  }

  @Test
  void numbersAreMerged() {
    try (Wombat db = open("db")) {
      checkEqual(merged(db, MergeOperator.INT64_ADD, 5, -7), -2L);
      checkEqual(merged(db, MergeOperator.INT64_ADD, Long.MAX_VALUE, 1), Long.MIN_VALUE);
      checkEqual(merged(db, MergeOperator.INT64_MIN, 5, -7), -7L);
      checkEqual(merged(db, MergeOperator.INT64_MAX, 5, -7), 5L);
      checkEqual(merged(db, MergeOperator.DOUBLE_ADD, 0.5, 0.25), 0.75);
      checkEqual(merged(db, MergeOperator.DOUBLE_MIN, 0.5, Double.NaN), 0.5);
      checkEqual(merged(db, MergeOperator.DOUBLE_MAX, -0.5, 0.25), 0.25);
      checkEqual(MergeOperator.encode(258L), new byte[] {2, 1, 0, 0, 0, 0, 0, 0});
      checkStatus(Status.INVALID_ARGUMENT, () -> MergeOperator.decodeLong(bytes("short")));
    }
  }

  private static long merged(Wombat db, MergeOperator operator, long first, long second) {
    db.delete(KEY);
    db.merge(operator, KEY, MergeOperator.encode(first));
    db.merge(operator, KEY, MergeOperator.encode(second), WriteOptions.DEFAULT);
    return MergeOperator.decodeLong(db.get(KEY));
  }

  private static double merged(Wombat db, MergeOperator operator, double first, double second) {
    db.put(KEY, MergeOperator.encode(first));
    db.merge(operator, KEY, MergeOperator.encode(second));
    return MergeOperator.decodeDouble(db.get(KEY));
  }

  @Test
  void bytesAreMerged() {
    try (Wombat db = open("db")) {
      checkEqual(merged(db, MergeOperator.APPEND, "ab", "c"), "abc");
      checkEqual(merged(db, MergeOperator.append(", "), "ab", "c"), "ab, c");
      checkEqual(merged(db, MergeOperator.of("append:;"), "ab", "c"), "ab;c");
      checkEqual(merged(db, MergeOperator.BYTES_MIN, "ab", "abc"), "ab");
      checkEqual(merged(db, MergeOperator.BYTES_MAX, "ab", "abc"), "abc");
      checkEqual(merged(db, MergeOperator.BIT_OR, "a", "bc"), "cc");
      checkEqual(merged(db, MergeOperator.SET_IF_ABSENT, "a", "b"), "a");
      checkEqual(MergeOperator.append(","), MergeOperator.of("append:,"));
      checkEqual(MergeOperator.APPEND.name(), "append");

      checkStatus(Status.INVALID_ARGUMENT, () -> db.merge(MergeOperator.of("nonsense"), KEY, KEY));
      checkStatus(Status.INVALID_ARGUMENT, () -> MergeOperator.append("\0"));
      checkStatus(Status.INVALID_ARGUMENT, () -> db.merge(MergeOperator.INT64_ADD, KEY, bytes("short")));
      checkThrows(NullPointerException.class, () -> db.merge(MergeOperator.APPEND, KEY, null));
      db.put(KEY, bytes("three"));
      db.merge(MergeOperator.INT64_ADD, KEY, MergeOperator.encode(1));
      checkStatus(Status.MERGE_FAILED, () -> db.get(KEY));
      db.put(KEY, bytes("v"));
      checkEqual(text(db.get(KEY)), "v");
    }
  }

  private static String merged(Wombat db, MergeOperator operator, String first, String second) {
    db.put(KEY, bytes(first));
    db.merge(operator, KEY, bytes(second));
    return text(db.get(KEY));
  }

  private static final Instant THEN = Instant.parse("3000-01-01T00:00:00.000001Z");

  @Test
  void expiryOfKeys() {
    try (Wombat db = open("db"); WriteBatch batch = new WriteBatch()) {
      batch.put(bytes("then"), KEY, THEN.plusNanos(999)).put(bytes("never"), KEY, Wombat.NEVER);
      batch.put(bytes("late"), KEY, Instant.MAX.minusSeconds(1));
      batch.put(bytes("gone"), KEY).put(bytes("gone"), KEY, Instant.EPOCH).put(bytes("gone too"), KEY, Instant.MIN);
      checkEqual(batch.count(), 6L);
      db.write(batch);
      db.put(KEY, KEY);
      checkEqual(db.expiry(bytes("then")), THEN);
      checkEqual(db.expiry(bytes("never")), Wombat.NEVER);
      checkEqual(db.expiry(KEY, ReadOptions.DEFAULT), Wombat.NEVER);
      checkEqual(db.expiry(bytes("late")), Instant.ofEpochSecond(Long.MAX_VALUE / 1_000_000, Long.MAX_VALUE % 1_000_000 * 1000));
      for (String key : List.of("gone", "gone too", "never written", "")) {
        checkEqual(db.expiry(bytes(key)), null);
      }
      try (Snapshot snapshot = db.snapshot()) {
        db.delete(bytes("then"));
        checkEqual(db.expiry(bytes("then")), null);
        checkEqual(db.expiry(bytes("then"), ReadOptions.DEFAULT.withSnapshot(snapshot)), THEN);
      }
      batch.clear();
      batch.put(KEY, KEY, Duration.ofHours(1));
      db.write(batch);
      Duration left = Duration.between(Instant.now(), db.expiry(KEY));
      check(left.toMinutes() >= 50 && left.toMinutes() <= 60, "an hour: " + left);
      checkThrows(NullPointerException.class, () -> db.expiry(null));
      checkThrows(NullPointerException.class, () -> batch.put(KEY, KEY, (Instant) null));
      checkStatus(Status.TOO_LARGE, () -> batch.put(new byte[Wombat.KEY_SIZE_MAX + 1], KEY, THEN));
      checkStatus(Status.TOO_LARGE, () -> db.expiry(new byte[Wombat.KEY_SIZE_MAX + 1]));
      db.close();
      checkStatus(Status.CLOSED, () -> db.expiry(KEY));
    }
  }

  /** Asked for now and then, forward and backward, rows come as they do without. */
  @Test
  void expiryOfRows() {
    try (Wombat db = open("db"); WriteBatch batch = new WriteBatch()) {
      for (int i = 0; i < 100; ++i) {
        batch.put(new byte[] {(byte) i}, KEY, i % 3 == 0 ? Wombat.NEVER : THEN.plusSeconds(i));
      }
      db.write(batch);
      try (Transaction transaction = db.begin()) {
        transaction.put(new byte[] {100}, KEY);
        for (int every : List.of(1, 2, 7, 30)) {
          try (WombatIterator rows = db.iterator(); WombatIterator ownRows = transaction.iterator()) {
            checkExpiryOfRows(rows, 100, every);
            checkExpiryOfRows(ownRows, 101, every);
          }
        }
      }
      try (WombatIterator rows = db.iterator()) {
        checkThrows(java.util.NoSuchElementException.class, rows::expiry);
        batch.clear();
        batch.put(new byte[] {1}, KEY, Instant.now().plusMillis(1000));
        db.write(batch);
      }
      try (WombatIterator rows = db.iterator()) {
        check(rows.next() && rows.next(), "two rows");
        while (db.contains(new byte[] {1})) {
          Thread.onSpinWait();
        }
        checkEqual(rows.expiry(), null);
        check(rows.next() && rows.key()[0] == 2, "the row behind that which has expired");
        rows.close();
        checkStatus(Status.CLOSED, rows::expiry);
      }
    }
  }

  private static void checkExpiryOfRows(WombatIterator rows, int count, int every) {
    for (int step = 0; step < 2 * count; ++step) {
      int i = step < count ? step : 2 * count - 1 - step;
      if (step == count) {
        check(!rows.next() && rows.prev(), "back from the end");
      } else {
        check(step < count ? rows.next() : rows.prev(), "a row");
      }
      checkEqual(rows.key(), new byte[] {(byte) i});
      if (step % every == 0) {
        checkEqual(rows.expiry(), i % 3 == 0 || i == 100 ? Wombat.NEVER : THEN.plusSeconds(i));
        checkEqual(rows.expiry() == null, false);
      }
    }
    check(!rows.prev(), "the beginning");
  }

  @Test
  void singleCalls() {
    try (Wombat db = open("db")) {
      check(db.putIfAbsent(KEY, bytes("1")), "it was absent");
      check(!db.putIfAbsent(KEY, bytes("2"), WriteOptions.DEFAULT), "it is there");
      check(!db.compareAndSet(KEY, null, bytes("2")), "it is there");
      check(!db.compareAndSet(KEY, bytes("2"), bytes("3")), "it is another");
      check(db.compareAndSet(KEY, bytes("1"), bytes("")), "it was the one");
      check(!db.compareAndSet(KEY, null, bytes("2")), "empty is not absent");
      check(db.compareAndSet(KEY, bytes(""), null, WriteOptions.DEFAULT), "empty it was");
      checkEqual(db.get(KEY), null);
      check(db.compareAndSet(KEY, null, bytes("4")), "it was absent");
      checkStatus(Status.MERGE_FAILED, () -> db.fetchAdd(KEY, 1));
      checkEqual(db.fetchAdd(bytes("n"), -5), 0L);
      checkEqual(db.fetchAdd(bytes("n"), 7, WriteOptions.DEFAULT), -5L);
      checkEqual(MergeOperator.decodeLong(db.get(bytes("n"))), 2L);
    }
  }

  @Test
  void timeToLive() throws Exception {
    WriteOptions brief = WriteOptions.DEFAULT.withTimeToLive(Duration.ofMillis(30));
    WriteOptions longer = WriteOptions.DEFAULT.withTimeToLive(Duration.ofHours(1));
    WriteOptions never = WriteOptions.DEFAULT.withTimeToLive(WriteOptions.FOREVER);
    try (Wombat db = open("db"); WriteBatch batch = new WriteBatch()) {
      db.put(bytes("a"), KEY, brief);
      db.putIfAbsent(bytes("b"), KEY, brief);
      db.compareAndSet(bytes("c"), null, KEY, brief);
      db.fetchAdd(bytes("d"), 1, brief);
      batch.put(bytes("e"), KEY).put(bytes("stays"), KEY, Duration.ofDays(1)).put(bytes("f"), KEY, Duration.ofNanos(1));
      db.write(batch, brief);
      db.put(bytes("g"), KEY, longer);
      db.put(bytes("h"), KEY, WriteOptions.DEFAULT.withTimeToLive(Duration.ofSeconds(Long.MAX_VALUE / 1000)));
      db.setOption(OptionName.TTL_DEFAULT_MS, "30");
      db.put(bytes("i"), KEY);
      db.put(bytes("j"), KEY, never);
      for (Instant end = Instant.now().plusSeconds(20); keysOf(db, IteratorOptions.DEFAULT).size() != 4;) {
        check(Instant.now().isBefore(end), keysOf(db, IteratorOptions.DEFAULT).toString());
        Thread.sleep(10);
      }
      checkEqual(keysOf(db, IteratorOptions.DEFAULT), List.of("g", "h", "j", "stays"));
      checkStatus(Status.INVALID_ARGUMENT, () -> WriteOptions.DEFAULT.withTimeToLive(Duration.ofMillis(-1)));
      checkStatus(Status.INVALID_ARGUMENT, () -> batch.put(KEY, KEY, Duration.ofMillis(-1)));
    }
  }

  @Test
  void batches() {
    try (Wombat db = open("db"); WriteBatch batch = new WriteBatch()) {
      fill(db, "a", "b", "c");
      batch.put(bytes("b"), bytes("taken back")).deleteRange(bytes("a"), bytes("c")).put(bytes("a"), bytes("1"));
      batch.merge(MergeOperator.APPEND, bytes("a"), bytes("2")).merge(MergeOperator.APPEND, bytes("c"), bytes("d"));
      batch.setSavepoint();
      batch.put(bytes("z"), bytes("")).deleteRange(null, null);
      check(batch.rollbackToSavepoint(), "savepoint");
      checkEqual(batch.count(), 5L);
      db.write(batch);
      checkEqual(keysOf(db, IteratorOptions.DEFAULT), List.of("a", "c"));
      checkEqual(text(db.get(bytes("a"))), "12");
      checkEqual(text(db.get(bytes("c"))), "cd");
      checkStatus(Status.INVALID_ARGUMENT, () -> batch.deleteRange(bytes("b"), bytes("a")));
      checkStatus(Status.INVALID_ARGUMENT, () -> batch.merge(MergeOperator.INT64_ADD, KEY, KEY));
      checkStatus(Status.TOO_LARGE, () -> batch.put(new byte[Wombat.KEY_SIZE_MAX + 1], KEY, Duration.ofDays(1)));
    }
  }

  @Test
  void readsOfThePast() throws Exception {
    WombatOptions options = WombatOptions.builder().set(OptionName.WAL_SYNC, "os").set(OptionName.HISTORY_RETENTION_S, 3600).build();
    try (Wombat db = Wombat.open(path("db"), options)) {
      db.put(KEY, bytes("old"));
      long timestamp = db.commitTimestamp();
      Thread.sleep(300);
      Instant time = Instant.now();
      Thread.sleep(300);
      byte[] large = new byte[3 << 20];
      db.put(KEY, large);
      check(db.commitTimestamp() > timestamp, "a later commit");
      for (ReadOptions past : List.of(ReadOptions.asOf(timestamp), ReadOptions.asOf(time))) {
        checkEqual(text(db.get(KEY, past)), "old");
        check(db.contains(KEY, past.withoutFillingCache()), "contains");
        checkEqual(text(db.multiGet(List.of(KEY, bytes("x")), past.withTimeout(Duration.ofMinutes(1))).get(0)), "old");
        try (PinnedValue pinned = db.getPinned(KEY, past)) {
          checkEqual(text(pinned.toByteArray()), "old");
        }
      }
      for (IteratorOptions past : List.of(IteratorOptions.DEFAULT.withAsOf(timestamp), IteratorOptions.DEFAULT.withAsOf(time))) {
        try (WombatIterator rows = db.iterator(past.withReadahead(1))) {
          check(rows.next() && text(rows.value()).equals("old"), "the old row");
        }
      }
      // Too large for the first call.
      List<byte[]> twice = db.multiGet(List.of(KEY, KEY), ReadOptions.asOf(db.commitTimestamp()));
      check(Arrays.equals(twice.get(0), large) && Arrays.equals(twice.get(1), large), "large values");
      checkStatus(Status.TOO_OLD, () -> db.get(KEY, ReadOptions.asOf(Instant.parse("2001-01-01T00:00:00Z"))));
    }
  }

  @Test
  void momentsThatAreRefused() {
    Instant time = Instant.now();
    try (Wombat db = open("db"); Snapshot snapshot = db.snapshot()) {
      ReadOptions at = ReadOptions.at(snapshot);
      checkStatus(Status.INVALID_ARGUMENT, () -> at.withAsOf(7));
      checkStatus(Status.INVALID_ARGUMENT, () -> at.withAsOf(time));
      checkStatus(Status.INVALID_ARGUMENT, () -> ReadOptions.asOf(7).withSnapshot(snapshot));
      checkEqual(ReadOptions.asOf(7).withAsOf(time), ReadOptions.asOf(time));
      checkStatus(Status.INVALID_ARGUMENT, () -> new ReadOptions(null, true, Duration.ZERO, 7, time));
      IteratorOptions rows = IteratorOptions.DEFAULT.withSnapshot(snapshot);
      checkStatus(Status.INVALID_ARGUMENT, () -> rows.withAsOf(7));
      checkStatus(Status.INVALID_ARGUMENT, () -> rows.withAsOf(time));
      checkStatus(Status.INVALID_ARGUMENT, () -> IteratorOptions.DEFAULT.withAsOf(time).withSnapshot(snapshot));
    }
    for (long timestamp : new long[] {0, -1, Long.MIN_VALUE}) {
      WombatException failure = checkStatus(Status.INVALID_ARGUMENT, () -> ReadOptions.asOf(timestamp));
      check(failure.getMessage().contains("timestamp"), failure.getMessage());
      checkStatus(Status.INVALID_ARGUMENT, () -> IteratorOptions.DEFAULT.withAsOf(timestamp));
    }
    for (Instant before : List.of(Instant.EPOCH, Instant.MIN, Instant.parse("1969-12-31T23:59:59.5Z"))) {
      checkStatus(Status.INVALID_ARGUMENT, () -> ReadOptions.asOf(before));
      checkStatus(Status.INVALID_ARGUMENT, () -> IteratorOptions.DEFAULT.withAsOf(before));
    }
    try (Wombat db = open("db")) {
      db.put(KEY, KEY);
      checkEqual(text(db.get(KEY, ReadOptions.asOf(Instant.MAX))), "k");
    }
  }
}
