package org.wombatdb;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Values in value files: parts of them, cursors that leave them there, and space that comes back. */
final class ValueFileTest extends Tests {
  private static final int[] SIZES = {0, 5, 99, 100, 101, 3000, 20, 70_000};
  private static final IteratorOptions LAZY = IteratorOptions.DEFAULT.withLazyValues();

  public static void main(String[] names) throws Exception {
    run(ValueFileTest.class, names);
  }

  private Wombat openWithValueFiles(String name) {
    return Wombat.open(path(name), WombatOptions.builder()
        .parse("wal.sync=os; value_log.threshold=100; value_log.file_size=64KiB; value_log.reclaim_ratio=0").build());
  }

  private static byte[] patterned(int seed, int size) {
    byte[] value = new byte[size];
    new Random(seed).nextBytes(value);
    return value;
  }

  private static byte[] keyOf(int i) {
    return bytes(String.format("key %04d", i));
  }

  private static byte[][] lazyRows(Wombat db, int count) {
    byte[][] values = new byte[count][];
    for (int i = 0; i < count; ++i) {
      values[i] = patterned(i, SIZES[i * i % SIZES.length]);
      db.put(keyOf(i), values[i]);
    }
    return values;
  }

  private static byte[] part(byte[] value, long offset, int length) {
    int begin = (int) Math.min(offset, value.length);
    return Arrays.copyOfRange(value, begin, (int) Math.min((long) begin + length, value.length));
  }

  @Test
  void parts() {
    byte[] key = bytes("k");
    try (Wombat db = openWithValueFiles("db")) {
      for (int size : new int[] {0, 1, 99, 100, 65536, 65537, 300_001}) {
        byte[] value = patterned(size, size);
        db.put(key, value);
        checkEqual(db.valueSize(key), (long) size);
        for (long offset : new long[] {0, 1, 98, 65535, 65536, 300_000, 300_001, 300_002, Long.MAX_VALUE}) {
          for (int length : new int[] {0, 1, 100, 70_000, Integer.MAX_VALUE}) {
            checkEqual(db.getPart(key, offset, length), part(value, offset, length));
          }
          checkPartsIntoBuffers(db, value, offset);
        }
      }
      try (Snapshot snapshot = db.snapshot()) {
        db.put(key, bytes("new"));
        checkEqual(text(db.getPart(key, 1, 50)), "ew");
        checkEqual(db.getPart(key, 1, 50, ReadOptions.at(snapshot)).length, 50);
        checkEqual(db.valueSize(key, ReadOptions.at(snapshot)), 300_001L);
      }
      checkEqual(db.getPart(bytes("none"), 0, 10), null);
      checkEqual(db.getPart(bytes("none"), 0, 100_000), null);
      checkEqual(db.valueSize(bytes("none")), -1L);
      checkStatus(Status.INVALID_ARGUMENT, () -> db.getPart(key, -1, 10));
      checkStatus(Status.INVALID_ARGUMENT, () -> db.getPart(key, 0, -1));
      checkStatus(Status.INVALID_ARGUMENT,
          () -> db.getPart(ByteBuffer.wrap(key), -1, ByteBuffer.allocate(1), ReadOptions.DEFAULT));
      byte[] buffer = new byte[10];
      checkThrows(IndexOutOfBoundsException.class, () -> db.getPart(key, 0, 1, 0, buffer, 5, 6, ReadOptions.DEFAULT));
      checkThrows(IndexOutOfBoundsException.class, () -> db.getPart(key, 0, 2, 0, buffer, 0, 1, ReadOptions.DEFAULT));
      checkThrows(java.nio.ReadOnlyBufferException.class,
          () -> db.getPart(ByteBuffer.wrap(key), 0, ByteBuffer.allocate(1).asReadOnlyBuffer(), ReadOptions.DEFAULT));
      checkEqual(db.getPart(bytes("none"), 0, 4, 0, buffer, 0, 10, ReadOptions.DEFAULT), -1);
      db.close();
      checkStatus(Status.CLOSED, () -> db.getPart(key, 0, 10));
      checkStatus(Status.CLOSED, () -> db.valueSize(key));
    }
  }

  private static void checkPartsIntoBuffers(Wombat db, byte[] value, long offset) {
    byte[] array = new byte[120];
    byte[] expected = part(value, offset, 100);
    checkEqual(db.getPart(bytes("-k-"), 1, 1, offset, array, 10, 100, ReadOptions.DEFAULT), expected.length);
    checkEqual(Arrays.copyOfRange(array, 10, 10 + expected.length), expected);
    ByteBuffer directKey = ByteBuffer.allocateDirect(1).put((byte) 'k').flip();
    for (ByteBuffer buffer : List.of(ByteBuffer.allocate(102), ByteBuffer.allocateDirect(102))) {
      for (ByteBuffer key : List.of(ByteBuffer.wrap(bytes("k")), directKey)) {
        buffer.clear().position(2);
        checkEqual(db.getPart(key, offset, buffer, ReadOptions.DEFAULT), expected.length);
        checkEqual(buffer.position(), 2 + expected.length);
        checkEqual(key.position(), 0);
        byte[] found = new byte[expected.length];
        buffer.flip().position(2).get(found);
        checkEqual(found, expected);
      }
    }
  }

  @Test
  void buffersMakeNoGarbage() {
    byte[] key = bytes("key");
    byte[] buffer = new byte[100];
    ByteBuffer direct = ByteBuffer.allocateDirect(100);
    ByteBuffer directKey = ByteBuffer.allocateDirect(3).put(key).flip();
    try (Wombat db = openWithValueFiles("db"); TableBuilder builder = new TableBuilder(path("file"))) {
      db.put(key, new byte[100]);
      DatabaseTest.checkMakesNoGarbage("part", () -> db.getPart(key, 0, 3, 0, buffer, 0, 100, ReadOptions.DEFAULT));
      DatabaseTest.checkMakesNoGarbage("part, direct", () -> db.getPart(directKey, 0, direct.clear(), ReadOptions.DEFAULT));
      try (WombatIterator rows = db.iterator(LAZY)) {
        check(rows.next() && !rows.hasValue(), "left");
        DatabaseTest.checkMakesNoGarbage("left value", () -> rows.readValue(buffer, 0, 100));
      }
      byte[] next = new byte[4];
      ByteBuffer nextNumber = ByteBuffer.wrap(next);
      AtomicInteger count = new AtomicInteger();
      DatabaseTest.checkMakesNoGarbage("builder", () -> {
        nextNumber.putInt(0, count.incrementAndGet());
        builder.put(next, 0, 4, buffer, 0, 100);
        return 100;
      });
      checkEqual(builder.entryCount(), (long) count.get());
    }
  }

  private static void checkRow(WombatIterator rows, int at, byte[][] values, boolean isLazy) {
    checkEqual(rows.key(), keyOf(at));
    checkEqual(rows.valueSize(), values[at].length);
    boolean isLeft = isLazy && values[at].length >= 100;
    checkEqual(rows.hasValue(), !isLeft);
    checkEqual(rows.value(), isLeft ? null : values[at]);
    checkEqual(rows.valueBuffer(), isLeft ? null : ByteBuffer.wrap(values[at]));
  }

  @Test
  void lazyValues() {
    Random random = new Random(seed());
    try (Wombat db = openWithValueFiles("db")) {
      byte[][] values = lazyRows(db, 600);
      try (Transaction transaction = db.begin()) {
        for (int kind = 0; kind < 8; ++kind) {
          if (kind == 4) {
            db.maintenance().flush();
          }
          boolean isLazy = kind % 2 == 0;
          IteratorOptions options = isLazy ? LAZY : IteratorOptions.DEFAULT;
          try (WombatIterator rows = kind % 4 < 2 ? db.iterator(options) : transaction.iterator(options)) {
            for (int i = 0; i < values.length; ++i) {
              check(rows.next(), "row");
              checkRow(rows, i, values, isLazy);
            }
            check(!rows.next(), "end");
            for (int i = values.length - 1; i >= 0; --i) {
              check(rows.prev(), "row");
              checkRow(rows, i, values, isLazy);
            }
            check(!rows.prev(), "beginning");
            walk(rows, values, isLazy, random);
          }
        }
      }
      int at = 0;
      for (Row row : db.rows(LAZY)) {
        checkEqual(row.value(), values[at++]);
      }
      checkEqual(at, values.length);
    }
  }

  private static void walk(WombatIterator rows, byte[][] values, boolean isLazy, Random random) {
    int at = -1;
    for (int step = 0; step < 2000; ++step) {
      switch (random.nextInt(6)) {
        case 0 -> {
          at = random.nextInt(values.length);
          check(rows.seek(keyOf(at)), "sought");
        }
        case 1, 2, 3 -> {
          at = Math.min(at + 1, values.length);
          rows.next();
        }
        default -> {
          at = Math.max(at - 1, -1);
          rows.prev();
        }
      }
      checkEqual(rows.isValid(), at >= 0 && at < values.length);
      if (!rows.isValid()) {
        checkThrows(NoSuchElementException.class, rows::readValue);
        continue;
      }
      checkRow(rows, at, values, isLazy);
      if (random.nextInt(3) == 0) {
        checkEqual(rows.readValue(), values[at]);
      }
      if (random.nextInt(10) == 0) {
        checkEqual(rows.expiry(), Wombat.NEVER);
      }
      checkRow(rows, at, values, isLazy);
    }
  }

  @Test
  void lazyValuesIntoArrays() {
    byte[] value = patterned(1, 5000);
    try (Wombat db = openWithValueFiles("db")) {
      db.put(bytes("k"), value);
      WombatIterator rows = db.iterator(LAZY);
      check(rows.next(), "row");
      for (int length : new int[] {0, 4999, 5000, 9000}) {
        byte[] buffer = new byte[length + 3];
        checkEqual(rows.readValue(buffer, 3, length), 5000);
        checkEqual(Arrays.copyOfRange(buffer, 3, 3 + Math.min(length, 5000)), length < 5000 ? new byte[length] : value);
      }
      checkThrows(IndexOutOfBoundsException.class, () -> rows.readValue(new byte[5], 3, 3));
      WombatIterator keys = db.iterator(LAZY.withKeysOnly());
      check(keys.next() && !keys.hasValue() && keys.valueSize() == 0, "keys only");
      checkEqual(keys.value(), new byte[0]);
      checkEqual(keys.readValue(), value);
      db.close();
      checkStatus(Status.CLOSED, rows::readValue);
      keys.close();
      checkStatus(Status.CLOSED, keys::readValue);
      checkStatus(Status.CLOSED, keys::hasValue);
      rows.close();
    }
  }

  @Test
  void aLazyValueThatIsDamaged() throws IOException {
    byte[] value = "0123456789".repeat(50).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    try (Wombat db = openWithValueFiles("db")) {
      db.put(bytes("a"), value);
      db.put(bytes("b"), bytes("short"));
      try (WombatIterator rows = db.iterator(LAZY); Stream<Path> files = Files.list(db.path())) {
        check(rows.next(), "row");
        for (Path file : files.filter(name -> name.toString().endsWith(".values")).toList()) {
          byte[] content = Files.readAllBytes(file);
          content[content.length - 1] ^= 1;
          Files.write(file, content);
        }
        for (int i = 0; i < 2; ++i) {
          WombatException failure = checkStatus(Status.CORRUPTION, rows::readValue);
          check(failure.getMessage().contains(".values"), failure.getMessage());
          checkEqual(text(rows.key()), "a");
        }
        check(rows.next(), "row");
        checkEqual(text(rows.value()), "short");
      }
    }
  }

  @Test
  void expiryOfTheLastRow() {
    try (Wombat db = open("db")) {
      db.put(bytes("a"), bytes("1"));
      db.put(bytes("b"), bytes("2"));
      try (WombatIterator rows = db.iterator()) {
        for (BooleanSupplier move : List.<BooleanSupplier>of(() -> rows.seek(bytes("b")), rows::last, rows::first, rows::next)) {
          check(move.getAsBoolean(), "row");
          checkEqual(rows.expiry(), Wombat.NEVER);
        }
        check(!rows.next(), "end");
      }
    }
  }

  private static void makeGarbage(Wombat db) {
    for (int turn = 0; turn < 2; ++turn) {
      for (int i = 0; i < 200; i += 1 + turn) { // half of each file dies
        db.put(keyOf(i), patterned(turn, 3000));
      }
      db.maintenance().flush();
    }
    db.maintenance().compactRange(null, null);
  }

  @Test
  void reclaim() {
    try (Wombat db = openWithValueFiles("db"); Cancellation cancellation = new Cancellation()) {
      Maintenance maintenance = db.maintenance();
      makeGarbage(db);
      long before = db.monitor().propertyLong("value_log.bytes");
      AtomicInteger reports = new AtomicInteger();
      maintenance.reclaim(0, TaskOptions.DEFAULT.withProgress((done, total) -> reports.incrementAndGet() > 0));
      maintenance.waitForBackgroundWork();
      long after = db.monitor().propertyLong("value_log.bytes");
      check(after > 0 && after * 5 < before * 4 && reports.get() > 0, before + ", " + after + ", " + reports);
      makeGarbage(db);
      checkStatus(Status.CANCELLED, () -> maintenance.reclaim(0, TaskOptions.DEFAULT.withProgress((done, total) -> false)));
      cancellation.request();
      makeGarbage(db);
      checkStatus(Status.CANCELLED, () -> maintenance.reclaim(0, TaskOptions.DEFAULT.withCancellation(cancellation)));
      checkStatus(Status.INVALID_ARGUMENT, () -> maintenance.reclaim(-1));
      checkStatus(Status.INVALID_ARGUMENT, () -> maintenance.reclaim(101));
      makeGarbage(db);
      maintenance.pauseCompaction();
      checkStatus(Status.BUSY, () -> maintenance.reclaim(0));
      maintenance.resumeCompaction();
      db.close();
      checkStatus(Status.CLOSED, () -> maintenance.reclaim(0));
    }
  }

  @Test
  void closeWhileValuesAreRead() throws Exception {
    for (int round = 0; round < 10; ++round) {
      Wombat db = openWithValueFiles("db" + round);
      lazyRows(db, 200);
      AtomicReference<Throwable> unexpected = new AtomicReference<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 3; ++i) {
        Thread thread = new Thread(() -> readUntilClosed(db, unexpected));
        thread.start();
        threads.add(thread);
      }
      Thread.sleep(5 + 5 * round);
      db.close();
      for (Thread thread : threads) {
        thread.join();
      }
      checkEqual(unexpected.get(), null);
    }
  }

  private static void readUntilClosed(Wombat db, AtomicReference<Throwable> unexpected) {
    while (!db.isClosed()) {
      try (WombatIterator rows = db.iterator(LAZY)) {
        Thread closer = new Thread(rows::close);
        while (rows.next()) {
          rows.readValue();
          db.getPart(rows.key(), 50, 100);
          if (closer.getState() == Thread.State.NEW) {
            closer.start();
          }
        }
        db.maintenance().reclaim(50);
      } catch (WombatException exception) {
        if (exception.status() != Status.CLOSED && exception.status() != Status.BUSY) {
          unexpected.set(exception);
        }
      } catch (NoSuchElementException exception) {
        // The cursor was closed between a move and what follows.
      } catch (Throwable failure) {
        unexpected.set(failure);
        return;
      }
    }
  }
}
