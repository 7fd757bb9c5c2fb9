package org.wombatdb;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** What programs do wrong: an exception of the language, never a crash. */
final class SafetyTest extends Tests {
  public static void main(String[] names) throws Exception {
    run(SafetyTest.class, names);
  }

  @Test
  void useAfterClose() {
    Wombat db = open("db");
    db.put(bytes("k"), bytes("v"));
    WombatIterator cursor = db.iterator();
    check(cursor.next(), "row");
    Rows rows = db.rows(IteratorOptions.DEFAULT);
    Snapshot snapshot = db.snapshot();
    PinnedValue pinned = db.getPinned(bytes("k"), ReadOptions.DEFAULT);
    WriteBatch batch = new WriteBatch().put(bytes("a"), bytes("b"));
    db.close();
    db.close();
    check(db.isClosed() && db.toString().contains("closed"), "closed");
    checkStatus(Status.CLOSED, () -> db.get(bytes("k")));
    checkStatus(Status.CLOSED, () -> db.get(bytes("k"), new byte[9]));
    checkStatus(Status.CLOSED, () -> db.get(ByteBuffer.allocateDirect(1), ByteBuffer.allocateDirect(1), ReadOptions.DEFAULT));
    checkStatus(Status.CLOSED, () -> db.put(bytes("k"), bytes("v")));
    checkStatus(Status.CLOSED, () -> db.delete(bytes("k")));
    checkStatus(Status.CLOSED, () -> db.contains(bytes("k")));
    checkStatus(Status.CLOSED, () -> db.multiGet(List.of(bytes("k"))));
    checkStatus(Status.CLOSED, () -> db.getPinned(bytes("k"), ReadOptions.DEFAULT));
    checkStatus(Status.CLOSED, () -> db.write(batch));
    checkStatus(Status.CLOSED, db::sync);
    checkStatus(Status.CLOSED, db::iterator);
    checkStatus(Status.CLOSED, db::snapshot);
    checkStatus(Status.CLOSED, () -> db.maintenance().flush());
    checkStatus(Status.CLOSED, () -> db.maintenance().reclaim(0));
    checkStatus(Status.CLOSED, () -> db.maintenance().ingest(List.of()));
    checkStatus(Status.CLOSED, () -> db.getPart(bytes("k"), 0, 1));
    checkStatus(Status.CLOSED, () -> db.monitor().statistics());
    checkStatus(Status.CLOSED, () -> db.monitor().report(Monitor.Format.TEXT));
    checkStatus(Status.CLOSED, () -> db.getOption(OptionName.CACHE_SIZE));
    checkStatus(Status.CLOSED, cursor::first);
    checkStatus(Status.CLOSED, () -> rows.iterator().hasNext());
    checkEqual(snapshot.timestamp(), 0L);
    checkEqual(text(pinned.toByteArray()), "v");
    checkEqual(batch.count(), 1L);
    for (AutoCloseable child : List.of(cursor, rows, snapshot, pinned, batch)) {
      checkClosesTwice(child);
    }
    checkStatus(Status.CLOSED, cursor::next);
    checkStatus(Status.CLOSED, cursor::key);
    checkStatus(Status.CLOSED, snapshot::timestamp);
    checkStatus(Status.CLOSED, pinned::toByteArray);
    checkStatus(Status.CLOSED, () -> batch.put(bytes("a"), bytes("b")));
    checkStatus(Status.CLOSED, batch::count);
  }

  private static void checkClosesTwice(AutoCloseable child) {
    try {
      child.close();
      child.close();
    } catch (Exception exception) {
      throw new AssertionError(exception);
    }
  }

  @Test
  void oneThreadAtATime() throws Exception {
    try (WriteBatch batch = new WriteBatch()) {
      NativeHandle handle = new NativeHandle(this, "test", 1, number -> {});
      handle.enter();
      checkThrows(IllegalStateException.class, handle::enter);
      handle.leave();
      handle.enter();
      handle.leave();
      handle.close();
      checkStatus(Status.CLOSED, handle::enter);
    }
  }

  @Test
  void closeDuringACallIsCarriedOutBehindIt() {
    List<Long> released = new ArrayList<>();
    NativeHandle handle = new NativeHandle(this, "test", 7, released::add);
    handle.enter();
    handle.close();
    check(released.isEmpty(), "not yet");
    handle.leave();
    checkEqual(released, List.of(7L));
    handle.close();
    checkEqual(released, List.of(7L));
  }

  @Test
  void closeFromAnotherThreadWhileOthersWork() throws Exception {
    for (int round = 0; round < 10; ++round) {
      Wombat db = open("db" + round);
      db.put(bytes("shared"), bytes("value"));
      AtomicReference<Throwable> unexpected = new AtomicReference<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; ++i) {
        byte[] key = bytes("key" + i);
        Thread thread = new Thread(() -> {
          try {
            for (;;) {
              db.put(key, key);
              db.get(bytes("shared"));
              try (WombatIterator rows = db.iterator()) {
                while (rows.next()) {
                  rows.key();
                }
              }
            }
          } catch (Throwable failure) {
            if (!(failure instanceof WombatException exception) || exception.status() != Status.CLOSED) {
              unexpected.set(failure);
            }
          }
        });
        thread.start();
        threads.add(thread);
      }
      Thread.sleep(5 + 5L * round);
      db.close();
      for (Thread thread : threads) {
        thread.join();
      }
      if (unexpected.get() != null) {
        throw new AssertionError(unexpected.get());
      }
    }
  }

  @Test
  void theParentLivesAsLongAsItsChildren() throws Exception {
    WombatIterator cursor = forgetDatabase("db");
    for (int i = 0; i < 20; ++i) {
      System.gc();
      Thread.sleep(5);
    }
    check(cursor.next(), "the database of the cursor was not collected");
    checkEqual(text(cursor.value()), "v");
    cursor.close();
  }

  private WombatIterator forgetDatabase(String name) {
    Wombat db = open(name);
    db.put(bytes("k"), bytes("v"));
    return db.iterator();
  }

  @Test
  void whatIsForgottenIsClosed() throws Exception {
    WeakReference<Wombat> forgotten = new WeakReference<>(open("db"));
    for (int i = 0; i < 500; ++i) {
      System.gc();
      Thread.sleep(10);
      if (forgotten.get() == null) {
        try {
          Wombat.open(path("db")).close();
          return;
        } catch (WombatException exception) {
          checkEqual(exception.status(), Status.LOCKED);
        }
      }
    }
    throw new AssertionError("the forgotten database is still open");
  }

  @Test
  void arraysThatChangeDuringACall() throws Exception {
    byte[] key = bytes("key of a dozen");
    byte[] value = new byte[1000];
    AtomicReference<Boolean> isOver = new AtomicReference<>(false);
    Thread writer = new Thread(() -> {
      for (int i = 0; !isOver.get(); ++i) {
        key[i % key.length] = (byte) i;
        value[i % value.length] = (byte) i;
      }
    });
    writer.start();
    try (Wombat db = open("db")) {
      for (int i = 0; i < 5000; ++i) {
        db.put(key, value);
        db.get(key, value);
        db.multiGet(List.of(key, key));
      }
      isOver.set(true);
      writer.join();
      db.maintenance().flush();
      db.maintenance().verify();
    }
  }

  @Test
  void hugeValue() {
    if (Runtime.getRuntime().maxMemory() < 1L << 30) {
      System.out.println("       the heap is smaller than this needs: 100 MB instead of 1 GB");
    }
    int size = Runtime.getRuntime().maxMemory() < 1L << 32 ? 100_000_000 : Wombat.VALUE_SIZE_MAX;
    byte[] value = new byte[size];
    value[size - 1] = 7;
    // With its key it is a little more than a batch may have by default.
    WombatOptions options = WombatOptions.builder().set(OptionName.WAL_SYNC, "os").set(OptionName.LIMITS_BATCH_SIZE, "2047MiB").build();
    try (Wombat db = Wombat.open(path("db"), options)) {
      db.put(bytes("k"), value);
      java.util.Arrays.fill(value, (byte) 1);
      checkEqual(db.get(bytes("k"), value), size);
      checkEqual(value[size - 1], (byte) 7);
      checkEqual(value[0], (byte) 0);
      try (PinnedValue pinned = db.getPinned(bytes("k"), ReadOptions.DEFAULT)) {
        checkEqual(pinned.size(), size);
      }
    }
  }
}
