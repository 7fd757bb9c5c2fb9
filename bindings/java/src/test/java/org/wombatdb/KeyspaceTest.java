package org.wombatdb;

import java.util.ArrayList;
import java.util.List;

/** Keyspaces, and what holds for several of them at once. */
final class KeyspaceTest extends Tests {
  public static void main(String[] names) throws Exception {
    run(KeyspaceTest.class, names);
  }

  private static Wombat make(Wombat db, String name) {
    db.createKeyspace(name);
    return db.openKeyspace(name);
  }

  @Test
  void keysOfItsOwn() {
    try (Wombat db = open("db"); Wombat visits = make(db, "visits")) {
      db.put(bytes("ada"), bytes("1815"));
      visits.put(bytes("ada"), bytes("7"));
      visits.put(bytes("bob"), bytes("1"));
      checkEqual(text(db.get(bytes("ada"))), "1815");
      checkEqual(text(visits.get(bytes("ada"))), "7");
      checkEqual(db.get(bytes("bob")), null);
      checkEqual(text(visits.multiGet(List.of(bytes("bob"), bytes("ada"))).get(1)), "7");
      try (PinnedValue pinned = visits.getPinned(bytes("bob"), ReadOptions.DEFAULT)) {
        checkEqual(text(pinned.toByteArray()), "1");
      }
      checkEqual(keysOf(visits), List.of("ada", "bob"));
      checkEqual(keysOf(db), List.of("ada"));
      try (Wombat standard = visits.openKeyspace("default")) {
        checkEqual(text(standard.get(bytes("ada"))), "1815");
      }
      visits.maintenance().flush();
      check(visits.monitor().report(Monitor.Format.TEXT).length() > 0, "report");
      check(visits.toString().contains("visits"), visits.toString());
      checkEqual(visits.path(), db.path());
    }
    try (Wombat db = open("db"); Wombat visits = db.openKeyspace("visits")) {
      checkEqual(text(visits.get(bytes("ada"))), "7");
    }
  }

  private static List<String> keysOf(Wombat db) {
    List<String> keys = new ArrayList<>();
    try (Rows rows = db.rows(IteratorOptions.DEFAULT)) {
      rows.forEach(row -> keys.add(text(row.key())));
    }
    return keys;
  }

  @Test
  void makeRenameDrop() {
    try (Wombat db = open("db"); Wombat calls = make(db, "größe")) {
      checkEqual(db.keyspaces(), List.of("default", "größe"));
      db.createKeyspace("a");
      checkEqual(db.keyspaces(), List.of("default", "a", "größe"));
      checkStatus(Status.ALREADY_EXISTS, () -> db.createKeyspace("a"));
      checkStatus(Status.ALREADY_EXISTS, () -> db.renameKeyspace("größe", "a"));
      checkStatus(Status.DOES_NOT_EXIST, () -> db.openKeyspace("none"));
      checkStatus(Status.DOES_NOT_EXIST, () -> db.dropKeyspace("none"));
      checkStatus(Status.DOES_NOT_EXIST, () -> db.renameKeyspace("none", "b"));
      for (String name : List.of("", "a\nb", "a\0", "x".repeat(256))) {
        checkStatus(Status.INVALID_ARGUMENT, () -> db.createKeyspace(name));
      }
      checkStatus(Status.INVALID_ARGUMENT, () -> db.dropKeyspace("default"));
      calls.put(bytes("k"), bytes("v"));
      db.renameKeyspace("größe", "calls");
      checkEqual(text(calls.get(bytes("k"))), "v");
      WombatIterator rows = calls.iterator();
      db.dropKeyspace("calls");
      checkStatus(Status.DROPPED, () -> calls.get(bytes("k")));
      checkStatus(Status.DROPPED, () -> calls.put(bytes("k"), bytes("v")));
      checkStatus(Status.DROPPED, calls::iterator);
      check(rows.next() && text(rows.value()).equals("v"), "a cursor goes on with what it holds");
      rows.close();
      checkEqual(db.keyspaces(), List.of("default", "a"));
    }
  }

  @Test
  void optionsOfItsOwn() {
    WombatOptions options = WombatOptions.builder().set(OptionName.MEMTABLE_SIZE, "1MiB").build();
    try (Wombat db = open("db")) {
      db.createKeyspace("small", options);
      checkStatus(Status.INVALID_ARGUMENT,
          () -> db.createKeyspace("other", WombatOptions.builder().set(OptionName.CACHE_SIZE, "1MiB").build()));
      try (Wombat small = db.openKeyspace("small")) {
        small.setOption(OptionName.TTL_DEFAULT_MS, "5000");
        checkStatus(Status.INVALID_ARGUMENT, () -> small.setOption(OptionName.WAL_SYNC, "os"));
      }
    }
    try (Wombat db = open("db"); Wombat small = db.openKeyspace("small")) {
      checkEqual(small.getOption(OptionName.MEMTABLE_SIZE), "1048576");
      checkEqual(small.getOption(OptionName.TTL_DEFAULT_MS), "5000");
      checkEqual(db.getOption(OptionName.TTL_DEFAULT_MS), "0");
    }
  }

  @Test
  void batchesForSeveral() {
    try (Wombat db = open("db"); Wombat visits = make(db, "visits"); WriteBatch batch = new WriteBatch()) {
      batch.put(bytes("a"), bytes("1")).useKeyspace(visits).put(bytes("a"), bytes("2")).delete(bytes("b"));
      batch.useKeyspace(null).put(bytes("c"), bytes("3")).useKeyspace(db).put(bytes("d"), bytes("4"));
      checkEqual(batch.count(), 5L);
      visits.put(bytes("b"), bytes("0"));
      db.write(batch);
      checkEqual(keysOf(db), List.of("a", "c", "d"));
      checkEqual(keysOf(visits), List.of("a"));
      checkEqual(text(visits.get(bytes("a"))), "2");

      batch.useKeyspace(visits).clear();
      batch.put(bytes("e"), bytes("5"));
      db.write(batch);
      check(db.contains(bytes("e")) && !visits.contains(bytes("e")), "an empty batch belongs to what it is written to");

      batch.useKeyspace(visits).put(bytes("f"), bytes("6"));
      try (Wombat other = open("other")) {
        checkStatus(Status.INVALID_ARGUMENT, () -> other.write(batch));
      }
      db.dropKeyspace("visits");
      checkStatus(Status.DROPPED, () -> db.write(batch));
      checkStatus(Status.DROPPED, () -> batch.useKeyspace(visits));
    }
  }

  @Test
  void aSnapshotShowsAll() {
    try (Wombat db = open("db"); Wombat visits = make(db, "visits")) {
      visits.put(bytes("k"), bytes("old"));
      try (Snapshot snapshot = db.snapshot()) {
        visits.put(bytes("k"), bytes("new"));
        checkEqual(text(visits.get(bytes("k"), ReadOptions.at(snapshot))), "old");
      }
    }
  }

  @Test
  void closedInAnyOrder() {
    Wombat db = open("db");
    Wombat visits = make(db, "visits");
    Wombat again = visits.openKeyspace("visits");
    visits.close();
    visits.close();
    checkStatus(Status.CLOSED, () -> visits.get(bytes("k")));
    checkStatus(Status.CLOSED, () -> visits.openKeyspace("visits"));
    again.put(bytes("k"), bytes("v"));
    check(visits.isClosed() && !again.isClosed() && !db.isClosed(), "one is closed");
    db.close();
    check(again.isClosed(), "all are closed");
    checkStatus(Status.CLOSED, () -> again.get(bytes("k")));
    checkStatus(Status.CLOSED, again::keyspaces);
    again.close();
    again.close();
  }

  @Test
  void theDatabaseLivesAsLongAsItsKeyspaces() throws Exception {
    Wombat visits = forgetDatabase();
    for (int i = 0; i < 20; ++i) {
      System.gc();
      Thread.sleep(5);
    }
    checkEqual(text(visits.get(bytes("k"))), "v");
    visits.close();
  }

  private Wombat forgetDatabase() {
    Wombat visits = make(open("db"), "visits");
    visits.put(bytes("k"), bytes("v"));
    return visits;
  }
}
