package org.wombatdb;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What is closed leaves nothing behind. Runs with a heap that cannot grow, so that what grows is something else. System
 * property {@code wombat.cycles}: how often.
 */
final class GrowthTest extends Tests {
  public static void main(String[] names) throws Exception {
    run(GrowthTest.class, names);
  }

  /** Opens and closes databases, and ten times as many keyspaces, transactions, cursors and so on. Nothing may grow. */
  @Test
  void nothingGrows() throws Exception {
    int cycles = Integer.getInteger("wombat.cycles", 1000);
    Path folder = memoryFolder();
    try (Wombat db = open("db")) {
      db.createKeyspace("other");
      db.put(bytes("k"), bytes("v"));
      db.maintenance().flush(); // or the database does it by itself in some minutes, and has more files open
      cycle(db, folder, 200);
      long memory = residentPages();
      long descriptors = descriptors();
      cycle(db, folder, cycles);
      System.gc();
      checkEqual(descriptors(), descriptors);
      long grown = (residentPages() - memory) * 4 / 1024;
      String limit = System.getenv("WOMBAT_TEST_GROWTH");
      check(grown < (limit == null ? 64 : Long.parseLong(limit)), "memory has grown by " + grown + " MiB");
    } finally {
      Wombat.destroy(folder);
    }
  }

  /** A folder that needs no disk, if there is such a thing: opening a database waits for the disk. */
  private Path memoryFolder() throws Exception {
    Path memory = Path.of("/dev/shm");
    return Files.isWritable(memory) ? Files.createTempDirectory(memory, "wombat_java_") : path("other");
  }

  private static void cycle(Wombat db, Path folder, int count) {
    for (int i = 0; i < count; ++i) {
      try (Wombat other = Wombat.open(folder, WombatOptions.builder().set(OptionName.WAL_SYNC, "os").build())) {
        other.put(bytes("k"), bytes("v"));
      }
      for (int j = 0; j < 10; ++j) {
        openAndCloseChildren(db);
      }
    }
  }

  private static void openAndCloseChildren(Wombat db) {
    try (TableBuilder builder = new TableBuilder(db.path().resolveSibling("building"))) {
      builder.put(bytes("k"), bytes("v"));
    }
    try (WombatIterator rows = db.iterator(); Snapshot snapshot = db.snapshot(); WriteBatch batch = new WriteBatch();
        PinnedValue pinned = db.getPinned(bytes("k"), ReadOptions.at(snapshot))) {
      check(rows.next(), "row");
      rows.readValue();
      batch.put(pinned.toByteArray(), pinned.toByteArray());
    }
    try (Wombat other = db.openKeyspace("other"); Transaction transaction = db.begin(TransactionOptions.PESSIMISTIC)) {
      transaction.put(transaction.getForUpdate(bytes("k")), bytes("w"));
      try (Rows rows = transaction.in(other).rows(IteratorOptions.DEFAULT)) {
        checkEqual(rows.stream().count(), 0L);
      }
      checkStatus(Status.INVALID_ARGUMENT, () -> transaction.deleteRange(bytes("b"), bytes("a")));
    }
    checkStatus(Status.INVALID_ARGUMENT, () -> db.getOption("a\0"));
    checkStatus(Status.UNKNOWN_OPTION, () -> db.getOption("nonsense"));
  }

  private static long residentPages() throws Exception {
    return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]);
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }
}
