package org.wombatdb;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.wombatdb.TransactionOptions.Isolation;

/** Every call of a transaction. */
final class TransactionTest extends Tests {
  private static final TransactionOptions SNAPSHOT = TransactionOptions.DEFAULT.withIsolation(Isolation.SNAPSHOT);

  public static void main(String[] names) throws Exception {
    run(TransactionTest.class, names);
  }

  @Test
  void readsItsOwnWrites() {
    try (Wombat db = open("db")) {
      db.put(bytes("a"), bytes("1"));
      long before = db.commitTimestamp();
      try (Transaction transaction = db.begin()) {
        transaction.put(bytes("b"), bytes("2"));
        transaction.delete(bytes("a"));
        checkEqual(text(transaction.get(bytes("b"))), "2");
        checkEqual(transaction.get(bytes("a")), null);
        check(transaction.contains(bytes("b")) && !transaction.contains(bytes("a")), "contains");
        check(db.contains(bytes("a")) && !db.contains(bytes("b")), "nobody else sees it");
        byte[] buffer = new byte[4];
        checkEqual(transaction.get(bytes("b"), buffer), 1);
        checkEqual(transaction.getForUpdate(bytes("b"), buffer), 1);
        checkEqual(transaction.getForUpdate(bytes("a"), buffer), -1);
        checkEqual(transaction.get(bytes("b"), new byte[0]), 1);
        checkEqual(text(transaction.getForUpdate(bytes("b"))), "2");
        long timestamp = transaction.commit();
        check(timestamp > before && timestamp == db.commitTimestamp(), "timestamp");
      }
      check(!db.contains(bytes("a")) && db.contains(bytes("b")), "committed");
      try (Transaction transaction = db.begin()) {
        transaction.put(bytes("c"), bytes("3"));
        transaction.rollback();
      }
      try (Transaction transaction = db.begin()) {
        transaction.put(bytes("c"), bytes("3"));
      }
      check(!db.contains(bytes("c")), "given up");
      try (Transaction transaction = db.begin()) {
        checkEqual(transaction.commit(WriteOptions.DEFAULT.withSync(WriteOptions.Sync.ALWAYS)), 0L);
      }
    }
  }

  @Test
  void largeValuesAndManyKeys() {
    byte[] large = new byte[3 << 20];
    Arrays.fill(large, (byte) 7);
    try (Wombat db = open("db"); Transaction transaction = db.begin()) {
      transaction.put(bytes("large"), large);
      List<byte[]> keys = new ArrayList<>();
      for (int i = 0; i < 1000; ++i) {
        keys.add(bytes("key" + i));
        if (i % 3 != 0) {
          transaction.put(keys.get(i), new byte[i * 3]);
        }
      }
      keys.add(bytes("large"));
      checkEqual(transaction.get(bytes("large")), large);
      List<byte[]> values = transaction.multiGet(keys);
      for (int i = 0; i < 1000; ++i) {
        checkEqual(values.get(i), i % 3 == 0 ? null : new byte[i * 3]);
      }
      checkEqual(values.get(1000), large);
      checkEqual(transaction.multiGet(List.of()), List.of());
      checkStatus(Status.TOO_LARGE, () -> transaction.put(new byte[Wombat.KEY_SIZE_MAX + 1], large));
      transaction.commit();
      checkEqual(db.get(bytes("large")), large);
    }
  }

  @Test
  void cursors() {
    try (Wombat db = open("db")) {
      for (int i = 0; i < 300; ++i) {
        db.put(bytes(String.format("%03d", i)), bytes("old"));
      }
      try (Transaction transaction = db.begin()) {
        transaction.deleteRange(bytes("010"), bytes("290"));
        transaction.put(bytes("100"), bytes("new"));
        List<String> keys = new ArrayList<>();
        try (WombatIterator rows = transaction.iterator()) {
          transaction.put(bytes("200"), bytes("too late for this cursor"));
          while (rows.next()) {
            keys.add(text(rows.key()));
          }
          checkEqual(keys.size(), 21);
          checkEqual(keys.get(10), "100");
          check(rows.last() && text(rows.key()).equals("299") && rows.prev() && text(rows.key()).equals("298"), "back");
          check(rows.seek(bytes("050")) && text(rows.value()).equals("new") && rows.prev() && text(rows.key()).equals("009"), "turn");
          check(rows.seekForPrev(bytes("050")) && text(rows.key()).equals("009"), "seekForPrev");
        }
        try (Rows rows = transaction.rows(IteratorOptions.range(bytes("100"), bytes("201")).withKeysOnly())) {
          checkEqual(rows.stream().count(), 2L);
        }
        try (Snapshot snapshot = db.snapshot()) {
          checkStatus(Status.INVALID_ARGUMENT, () -> transaction.iterator(IteratorOptions.DEFAULT.withSnapshot(snapshot)));
        }
        checkStatus(Status.INVALID_ARGUMENT, () -> transaction.iterator(IteratorOptions.DEFAULT.withAsOf(1)));
      }
    }
  }

  /** Rows that were fetched ahead would be read as well, and conflict with others for nothing. */
  @Test
  void cursorsReadLittleAhead() {
    try (Wombat db = open("db")) {
      for (int i = 0; i < 30; ++i) {
        db.put(bytes(String.format("%02d", i)), bytes("old"));
      }
      try (Transaction transaction = db.begin(); WombatIterator rows = transaction.iterator()) {
        check(rows.next() && rows.seek(bytes("10")), "rows");
        db.put(bytes("01"), bytes("new"));
        db.put(bytes("11"), bytes("new"));
        transaction.put(bytes("x"), bytes("x"));
        transaction.commit();
      }
      try (Transaction transaction = db.begin(); WombatIterator rows = transaction.iterator()) {
        check(rows.next() && rows.next(), "rows");
        db.put(bytes("01"), bytes("newer"));
        transaction.put(bytes("x"), bytes("x"));
        checkStatus(Status.CONFLICT, transaction::commit);
        checkStatus(Status.TXN_ENDED, rows::first);
      }
    }
  }

  @Test
  void keyspaces() {
    try (Wombat db = open("db")) {
      db.createKeyspace("visits");
      try (Wombat visits = db.openKeyspace("visits"); Transaction transaction = db.begin()) {
        Transaction inVisits = transaction.in(visits);
        transaction.put(bytes("ada"), bytes("1815"));
        inVisits.put(bytes("ada"), bytes("7"));
        inVisits.merge(MergeOperator.APPEND, bytes("ada"), bytes("8"));
        checkEqual(text(inVisits.get(bytes("ada"))), "78");
        checkEqual(text(inVisits.in(db).get(bytes("ada"))), "1815");
        checkEqual(inVisits.multiGet(List.of(bytes("ada"), bytes("bob"))).get(1), null);
        try (Rows rows = inVisits.rows(IteratorOptions.DEFAULT)) {
          checkEqual(rows.stream().count(), 1L);
        }
        inVisits.commit();
        checkStatus(Status.TXN_ENDED, () -> transaction.get(bytes("ada")));
        checkEqual(text(visits.get(bytes("ada"))), "78");
        checkEqual(text(db.get(bytes("ada"))), "1815");
      }
      try (Wombat visits = db.openKeyspace("visits"); Transaction transaction = visits.begin()) {
        checkEqual(text(transaction.get(bytes("ada"))), "78");
        transaction.in(db).deleteRange(null, null);
        transaction.commit();
        checkEqual(db.get(bytes("ada")), null);
      }
    }
  }

  @Test
  void savepoints() {
    try (Wombat db = open("db"); Transaction transaction = db.begin()) {
      check(!transaction.rollbackToSavepoint() && !transaction.releaseSavepoint(), "there is none");
      transaction.put(bytes("a"), bytes("1"));
      transaction.setSavepoint();
      transaction.put(bytes("a"), bytes("2"));
      transaction.setSavepoint();
      transaction.put(bytes("b"), bytes("3"));
      check(transaction.releaseSavepoint() && transaction.rollbackToSavepoint(), "savepoints");
      checkEqual(text(transaction.get(bytes("a"))), "1");
      checkEqual(transaction.get(bytes("b")), null);
    }
  }

  @Test
  void timeToLive() throws Exception {
    try (Wombat db = open("db")) {
      try (Transaction transaction = db.begin()) {
        transaction.put(bytes("a"), bytes("1"), Duration.ofMillis(20));
        transaction.put(bytes("b"), bytes("2"), WriteOptions.FOREVER);
        checkStatus(Status.INVALID_ARGUMENT, () -> transaction.put(bytes("a"), bytes("1"), Duration.ofMillis(-1)));
        transaction.commit();
      }
      for (int i = 0; db.contains(bytes("a")); ++i) {
        check(i < 1000, "it expires");
        Thread.sleep(10);
      }
      check(db.contains(bytes("b")), "it stays");
    }
  }

  @Test
  void conflicts() {
    try (Wombat db = open("db"); Transaction first = db.begin(); Transaction second = db.begin()) {
      checkEqual(first.get(bytes("x")), null);
      second.put(bytes("x"), bytes("1"));
      second.commit();
      first.put(bytes("y"), bytes("1"));
      WombatException failure = checkStatus(Status.CONFLICT, first::commit);
      check(failure.getMessage().contains("x"), failure.getMessage());
    }
  }

  @Test
  void isolationLevels() {
    for (Isolation isolation : Isolation.values()) {
      try (Wombat db = open("db" + isolation)) {
        TransactionOptions options = TransactionOptions.DEFAULT.withIsolation(isolation);
        try (Transaction first = db.begin(options); Transaction second = db.begin(options)) {
          first.get(bytes("x"));
          second.get(bytes("y"));
          first.put(bytes("y"), bytes("1"));
          second.put(bytes("x"), bytes("1"));
          first.commit();
          checkEqual(second.get(bytes("y")) != null, isolation == Isolation.READ_COMMITTED);
          if (isolation == Isolation.SNAPSHOT || isolation == Isolation.READ_COMMITTED) {
            second.commit();
          } else {
            checkStatus(Status.CONFLICT, second::commit);
          }
        }
      }
    }
  }

  @Test
  void limits() throws Exception {
    try (Wombat db = open("db")) {
      try (Transaction transaction = db.begin(TransactionOptions.READ_ONLY)) {
        checkStatus(Status.READ_ONLY, () -> transaction.put(bytes("a"), bytes("1")));
        checkEqual(transaction.get(bytes("a")), null);
      }
      try (Transaction transaction = db.begin(TransactionOptions.DEFAULT.withTimeout(Duration.ofMillis(1)))) {
        Thread.sleep(10);
        checkStatus(Status.TIMED_OUT, () -> transaction.get(bytes("a")));
        checkStatus(Status.TXN_ENDED, () -> transaction.get(bytes("a")));
      }
      TransactionOptions generous = TransactionOptions.PESSIMISTIC.withTimeout(TransactionOptions.NO_LIMIT)
          .withLockTimeout(TransactionOptions.NO_LIMIT);
      try (Transaction transaction = db.begin(generous)) {
        transaction.put(bytes("a"), bytes("1"));
        transaction.commit();
      }
      try (Transaction transaction = db.begin(TransactionOptions.DEFAULT.withSizeMax(10_000))) {
        checkStatus(Status.TOO_LARGE, () -> transaction.put(bytes("a"), new byte[20_000]));
      }
      checkStatus(Status.INVALID_ARGUMENT, () -> TransactionOptions.DEFAULT.withSizeMax(-1));
      checkStatus(Status.INVALID_ARGUMENT, () -> TransactionOptions.DEFAULT.withTimeout(Duration.ofMillis(-1)));
      checkThrows(NullPointerException.class, () -> TransactionOptions.DEFAULT.withIsolation(null));
    }
  }

  @Test
  void locks() throws Exception {
    TransactionOptions options = TransactionOptions.PESSIMISTIC.withLockTimeout(Duration.ofMillis(10));
    try (Wombat db = open("db"); Transaction holder = db.begin(options); Transaction other = db.begin(options)) {
      checkEqual(holder.getForUpdate(bytes("x")), null);
      checkStatus(Status.TIMED_OUT, () -> other.put(bytes("x"), bytes("1")));
      holder.rollback();
      other.put(bytes("x"), bytes("1"));
      other.commit();
    }
    TransactionOptions patient = TransactionOptions.PESSIMISTIC.withLockTimeout(TransactionOptions.NO_LIMIT);
    try (Wombat db = open("db"); Transaction first = db.begin(patient);
        Transaction second = db.begin(patient)) {
      first.put(bytes("x"), bytes("1"));
      second.put(bytes("y"), bytes("2"));
      Thread waiter = new Thread(() -> first.put(bytes("y"), bytes("1")));
      waiter.start();
      checkStatus(Status.DEADLOCK, () -> second.getForUpdate(bytes("x")));
      second.rollback();
      waiter.join();
      first.commit();
      checkEqual(text(db.get(bytes("y"))), "1");
    }
  }

  @Test
  void prepared() {
    try (Wombat db = open("db")) {
      for (String name : List.of("größe", "b", "c")) {
        try (Transaction transaction = db.begin()) {
          transaction.put(bytes(name), bytes("1"));
          transaction.prepare(name);
          checkStatus(Status.TXN_ENDED, transaction::commit);
        }
      }
      check(!db.contains(bytes("b")), "not yet");
      checkStatus(Status.CONFLICT, () -> db.put(bytes("b"), bytes("2")));
      try (Transaction transaction = db.begin()) {
        transaction.put(bytes("d"), bytes("1"));
        checkStatus(Status.INVALID_ARGUMENT, () -> transaction.prepare("a\nb"));
        checkStatus(Status.ALREADY_EXISTS, () -> transaction.prepare("b"));
      }
    }
    try (Wombat db = open("db")) {
      check(db.preparedTransactions().containsAll(List.of("größe", "b", "c")), db.preparedTransactions().toString());
      check(db.commitPrepared("größe") > 0, "timestamp");
      db.rollbackPrepared("b");
      checkStatus(Status.DOES_NOT_EXIST, () -> db.commitPrepared("b"));
      checkStatus(Status.DOES_NOT_EXIST, () -> db.rollbackPrepared("none"));
      check(db.contains(bytes("größe")) && !db.contains(bytes("b")), "decided");
      checkEqual(db.preparedTransactions(), List.of("c"));
      db.rollbackPrepared("c");
      checkEqual(db.preparedTransactions(), List.of());
    }
  }

  @Test
  void getIntoAnArrayMakesNoGarbage() {
    byte[] key = bytes("key");
    byte[] buffer = new byte[100];
    try (Wombat db = open("db")) {
      db.put(key, new byte[100]);
      try (Transaction transaction = db.begin(SNAPSHOT)) {
        DatabaseTest.checkMakesNoGarbage("transaction", () -> transaction.get(key, buffer));
      }
    }
  }
}
