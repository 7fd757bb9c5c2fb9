package org.wombatdb;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Threads call anything on anything, open or closed, theirs or another's, while databases are closed and opened: each call
 * works or throws what its documentation says. System property {@code wombat.calls}: how many.
 */
final class AbuseTest extends Tests {
  private static final int THREADS = 4;
  /** Few, so that threads meet. */
  private static final int OBJECTS = 6;

  private final AtomicReference<Wombat> database = new AtomicReference<>();
  private final AtomicReferenceArray<AutoCloseable> objects = new AtomicReferenceArray<>(OBJECTS);
  private final AtomicInteger callsLeft = new AtomicInteger(Integer.getInteger("wombat.calls", 20_000));
  private final AtomicReference<Throwable> unexpected = new AtomicReference<>();

  public static void main(String[] names) throws Exception {
    run(AbuseTest.class, names);
  }

  @Test
  void anythingOnAnything() throws Exception {
    long seed = seed();
    database.set(open("db"));
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; ++i) {
      Random random = new Random(seed + i);
      Thread thread = new Thread(() -> work(random));
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    for (int i = 0; i < OBJECTS; ++i) {
      close(objects.get(i));
    }
    database.get().close();
    if (unexpected.get() != null) {
      throw new AssertionError(unexpected.get());
    }
    try (Wombat db = open("db")) {
      db.maintenance().verify();
    }
  }

  private void work(Random random) {
    while (callsLeft.decrementAndGet() >= 0 && unexpected.get() == null) {
      try {
        call(random);
      } catch (WombatException exception) {
        if (exception.status() != Status.CLOSED && exception.status() != Status.LOCKED
            && exception.status() != Status.INVALID_ARGUMENT && exception.status() != Status.TOO_LARGE) {
          unexpected.set(exception);
        }
      } catch (IllegalStateException | NoSuchElementException exception) {
        // In use by another thread; not on a row.
      } catch (IndexOutOfBoundsException | IllegalArgumentException | NegativeArraySizeException exception) {
        // Rows seen through a cursor that another thread moves, against its rules.
      } catch (Throwable failure) {
        unexpected.set(failure);
      }
    }
  }

  private void call(Random random) throws Exception {
    Wombat db = database.get();
    byte[] key = bytes("key" + random.nextInt(300));
    switch (random.nextInt(24)) {
      case 0, 1, 2 -> db.put(key, new byte[random.nextInt(2000)]);
      case 3 -> db.put(new byte[random.nextInt(70_000)], key);
      case 4 -> db.delete(key);
      case 5, 6 -> db.get(key);
      case 7 -> db.get(key, new byte[random.nextInt(2000)]);
      case 8 -> db.get(ByteBuffer.wrap(key), ByteBuffer.allocateDirect(100), ReadOptions.DEFAULT);
      case 9 -> db.multiGet(List.of(key, key, bytes("key1")));
      case 10 -> keep(db.iterator(), random);
      case 11 -> keep(db.snapshot(), random);
      case 12 -> keep(new WriteBatch(), random);
      case 13 -> keep(db.getPinned(key, ReadOptions.DEFAULT), random);
      case 14 -> db.monitor().statistics();
      case 15 -> close(objects.get(random.nextInt(OBJECTS)));
      case 16 -> reopen(db, random);
      case 17 -> db.maintenance().flush();
      default -> use(objects.get(random.nextInt(OBJECTS)), db, key, random);
    }
  }

  private void use(AutoCloseable object, Wombat db, byte[] key, Random random) throws Exception {
    if (object instanceof WombatIterator rows) {
      boolean isFound = switch (random.nextInt(6)) {
        case 0 -> rows.first();
        case 1 -> rows.last();
        case 2 -> rows.seek(key);
        case 3 -> rows.seekForPrev(key);
        case 4 -> rows.next();
        default -> rows.prev();
      };
      for (int i = 0; i < 200 && isFound; ++i) {
        rows.key();
        rows.value();
        isFound = rows.next();
      }
    } else if (object instanceof Snapshot snapshot) {
      db.get(key, ReadOptions.at(snapshot));
      keep(db.iterator(IteratorOptions.DEFAULT.withSnapshot(snapshot)), random);
    } else if (object instanceof WriteBatch batch) {
      switch (random.nextInt(6)) {
        case 0 -> db.write(batch);
        case 1 -> batch.clear();
        case 2 -> batch.setSavepoint();
        case 3 -> batch.rollbackToSavepoint();
        default -> batch.put(key, new byte[random.nextInt(5000)]).delete(key);
      }
    } else if (object instanceof PinnedValue pinned) {
      pinned.toByteArray();
    }
  }

  /** Puts an object where all threads find it. What was there is closed, or left to the collector. */
  private void keep(AutoCloseable object, Random random) throws Exception {
    if (object != null) {
      AutoCloseable before = objects.getAndSet(random.nextInt(OBJECTS), object);
      if (random.nextInt(4) != 0) {
        close(before);
      }
    }
  }

  private static void close(AutoCloseable object) throws Exception {
    if (object != null) {
      object.close();
    }
  }

  /** Closes the database below everybody's hands; every other time what was made by it stays. */
  private void reopen(Wombat db, Random random) throws Exception {
    if (random.nextInt(10) != 0) {
      return;
    }
    db.close();
    synchronized (this) {
      if (database.get().isClosed()) {
        database.set(open("db"));
      }
    }
  }
}
