package org.wombatdb;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Threads call anything on anything, open or closed, theirs or another's, while databases are closed and opened: each call
 * works or throws what its documentation says. System property {@code wombat.calls}: how many.
 */
final class AbuseTest extends Tests {
  private static final int THREADS = 4;
  private static final int OBJECTS_MAX = 40;

  private final AtomicReference<Wombat> database = new AtomicReference<>();
  private final ConcurrentLinkedQueue<AutoCloseable> objects = new ConcurrentLinkedQueue<>();
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
    for (AutoCloseable object : objects) {
      object.close();
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
      } catch (IllegalStateException | NoSuchElementException | IndexOutOfBoundsException exception) {
        // In use by another thread; not on a row; rows seen through a cursor that another thread moves.
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
      case 10 -> keep(db.iterator());
      case 11 -> keep(db.snapshot());
      case 12 -> keep(new WriteBatch());
      case 13 -> keep(db.getPinned(key, ReadOptions.DEFAULT));
      case 14 -> db.monitor().statistics();
      case 15 -> closeOne();
      case 16 -> reopen(db, random);
      case 17 -> db.maintenance().flush();
      default -> use(objects.peek(), db, key, random);
    }
    AutoCloseable first = objects.poll();
    if (first != null) {
      objects.add(first);
    }
  }

  private void use(AutoCloseable object, Wombat db, byte[] key, Random random) {
    if (object instanceof WombatIterator rows) {
      boolean isFound = switch (random.nextInt(6)) {
        case 0 -> rows.first();
        case 1 -> rows.last();
        case 2 -> rows.seek(key);
        case 3 -> rows.seekForPrev(key);
        case 4 -> rows.next();
        default -> rows.prev();
      };
      if (isFound) {
        rows.key();
        rows.value();
      }
    } else if (object instanceof Snapshot snapshot) {
      db.get(key, ReadOptions.at(snapshot));
      keep(db.iterator(IteratorOptions.DEFAULT.withSnapshot(snapshot)));
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

  private void keep(AutoCloseable object) {
    if (object != null) {
      objects.add(object);
      if (objects.size() > OBJECTS_MAX) {
        // The collector closes what is dropped here.
        objects.poll();
      }
    }
  }

  private void closeOne() throws Exception {
    AutoCloseable object = objects.peek();
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
