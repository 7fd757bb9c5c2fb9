package org.wombatdb;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Cursors, rows for loops and streams, and batches. */
final class IteratorTest extends Tests {
  public static void main(String[] names) throws Exception {
    run(IteratorTest.class, names);
  }

  private static List<String> fill(Wombat db, int count) {
    List<String> keys = new ArrayList<>();
    try (WriteBatch batch = new WriteBatch()) {
      for (int i = 0; i < count; ++i) {
        keys.add(String.format("%04d", i));
        batch.put(bytes(keys.get(i)), bytes(keys.get(i).repeat(i % 50)));
      }
      db.write(batch);
    }
    return keys;
  }

  private static List<String> collect(Wombat db, IteratorOptions options) {
    try (Stream<Row> rows = db.rows(options).stream()) {
      return rows.map(row -> text(row.key())).collect(Collectors.toList());
    }
  }

  @Test
  void scan() {
    try (Wombat db = open("db")) {
      List<String> keys = fill(db, 3000);
      checkEqual(collect(db, IteratorOptions.DEFAULT), keys);
      checkEqual(collect(db, IteratorOptions.range(bytes("0010"), bytes("0013"))), List.of("0010", "0011", "0012"));
      checkEqual(collect(db, IteratorOptions.prefix(bytes("012")).withKeysOnly().withoutFillingCache().withReadahead(1)).size(), 10);
      checkEqual(collect(db, IteratorOptions.range(null, new byte[0])), List.of());
      checkStatus(Status.INVALID_ARGUMENT, () -> db.iterator(IteratorOptions.range(bytes("b"), bytes("a"))));
      try (Snapshot snapshot = db.snapshot()) {
        db.put(bytes("later"), bytes(""));
        checkEqual(collect(db, IteratorOptions.DEFAULT.withSnapshot(snapshot)), keys);
      }
    }
  }

  @Test
  void rowsCloseTheirCursor() {
    try (Wombat db = open("db")) {
      fill(db, 10);
      Rows rows = db.rows(IteratorOptions.DEFAULT);
      int count = 0;
      for (Row row : rows) {
        count += row.value().length >= 0 ? 1 : 0;
      }
      checkEqual(count, 10);
      checkThrows(IllegalStateException.class, rows::iterator);
      Rows stopped = db.rows(IteratorOptions.DEFAULT);
      stopped.iterator().next();
      stopped.close();
      stopped.close();
    }
  }

  @Test
  void aRowLargerThanABatch() {
    byte[] large = new byte[1 << 20];
    try (Wombat db = open("db"); WombatIterator rows = db.iterator()) {
      check(!rows.next(), "the cursor shows the moment at which it was made");
    }
    try (Wombat db = open("db")) {
      db.put(bytes("a"), bytes("1"));
      db.put(bytes("b"), large);
      db.put(bytes("c"), bytes("3"));
      try (WombatIterator rows = db.iterator()) {
        check(rows.seek(bytes("b")), "seek");
        checkEqual(rows.value(), large);
        checkEqual(rows.valueSize(), large.length);
        checkEqual(StandardCharsets.UTF_8.decode(rows.keyBuffer()).toString(), "b");
        checkEqual(rows.valueBuffer().remaining(), large.length);
        check(rows.next() && !rows.next() && !rows.next() && !rows.isValid(), "the end");
        checkThrows(NoSuchElementException.class, rows::key);
        check(rows.prev() && text(rows.key()).equals("c"), "back from the end");
        check(rows.prev() && rows.prev() && !rows.prev(), "the beginning");
        check(rows.next() && text(rows.key()).equals("a") && rows.keySize() == 1, "forth from the beginning");
      }
    }
  }

  /** Moves a cursor at random and compares every step with a sorted list. */
  @Test
  void againstAModel() {
    Random random = new Random(seed());
    try (Wombat db = open("db")) {
      List<String> keys = fill(db, 500);
      try (WombatIterator rows = db.iterator()) {
        int at = -1;
        boolean isFresh = true;
        for (int step = 0; step < 20_000; ++step) {
          String target = String.format("%04d", random.nextInt(520) + 1);
          int place = Collections.binarySearch(keys, target);
          boolean isFound;
          switch (random.nextInt(8)) {
            case 0 -> {
              isFound = rows.first();
              at = 0;
            }
            case 1 -> {
              isFound = rows.last();
              at = keys.size() - 1;
            }
            case 2 -> {
              isFound = rows.seek(bytes(target));
              at = place >= 0 ? place : -place - 1;
            }
            case 3 -> {
              isFound = rows.seekForPrev(bytes(target));
              at = place >= 0 ? place : -place - 2;
            }
            case 4, 5 -> {
              isFound = rows.next();
              at = Math.min(at + 1, keys.size());
            }
            default -> {
              isFound = rows.prev();
              at = isFresh ? keys.size() - 1 : Math.max(at - 1, -1);
            }
          }
          isFresh = false;
          checkEqual(isFound, at >= 0 && at < keys.size());
          checkEqual(rows.isValid(), isFound);
          if (isFound) {
            checkEqual(text(rows.key()), keys.get(at));
            checkEqual(rows.valueSize(), 4 * (at % 50));
          }
        }
      }
    }
  }

  @Test
  void batches() {
    try (Wombat db = open("db"); WriteBatch batch = new WriteBatch()) {
      batch.put(bytes("a"), bytes("1"));
      check(!batch.rollbackToSavepoint(), "no savepoint");
      batch.setSavepoint();
      batch.put(bytes("b"), new byte[1 << 20]).delete(bytes("a"));
      checkEqual(batch.count(), 3L);
      check(batch.size() > 1 << 20, "size");
      check(batch.rollbackToSavepoint(), "savepoint");
      batch.setSavepoint();
      batch.delete(bytes("c"));
      check(batch.releaseSavepoint() && !batch.releaseSavepoint(), "savepoint");
      checkStatus(Status.TOO_LARGE, () -> batch.put(new byte[Wombat.KEY_SIZE_MAX + 1], new byte[0]));
      batch.delete(new byte[Wombat.KEY_SIZE_MAX]);
      db.put(bytes("c"), bytes("3"));
      db.write(batch);
      checkEqual(collect(db, IteratorOptions.DEFAULT), List.of("a"));
      batch.clear();
      checkEqual(batch.count(), 0L);
      db.write(batch, WriteOptions.DEFAULT);
    }
  }
}
