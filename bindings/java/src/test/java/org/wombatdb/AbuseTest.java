package org.wombatdb;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
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

  private static final Set<Status> EXPECTED = EnumSet.of(Status.CLOSED, Status.LOCKED, Status.INVALID_ARGUMENT, Status.TOO_LARGE,
      Status.ALREADY_EXISTS, Status.DOES_NOT_EXIST, Status.DROPPED, Status.TXN_ENDED, Status.IN_USE, Status.CONFLICT,
      Status.DEADLOCK, Status.TIMED_OUT, Status.MERGE_FAILED, Status.TOO_OLD);
  /** So that nobody waits long for a lock that lies about; nor for one that is forgotten. */
  private static final TransactionOptions HASTY = TransactionOptions.PESSIMISTIC.withLockTimeout(Duration.ofMillis(1))
      .withTimeout(Duration.ofMillis(200));
  private static final WriteOptions HASTY_WRITE = WriteOptions.DEFAULT.withTimeout(Duration.ofMillis(50));

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
    database.set(openWithValueFiles());
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
    try (Wombat db = openWithValueFiles()) {
      db.maintenance().verify();
    }
  }

  private Wombat openWithValueFiles() {
    return Wombat.open(path("db"), WombatOptions.builder().parse("wal.sync=os; value_log.threshold=1000").build());
  }

  private void work(Random random) {
    while (callsLeft.decrementAndGet() >= 0 && unexpected.get() == null) {
      try {
        call(random);
      } catch (WombatException exception) {
        if (!EXPECTED.contains(exception.status())) {
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
    switch (random.nextInt(36)) {
      case 0, 1, 2 -> db.put(key, new byte[random.nextInt(2000)], HASTY_WRITE);
      case 3 -> db.put(new byte[random.nextInt(70_000)], key);
      case 4 -> db.delete(key);
      case 5, 6 -> db.get(key);
      case 7 -> {
        db.get(key, new byte[random.nextInt(2000)]);
        db.getPart(key, random.nextInt(2000), random.nextInt(100));
      }
      case 8 -> db.get(ByteBuffer.wrap(key), ByteBuffer.allocateDirect(100), ReadOptions.DEFAULT);
      case 9 -> db.multiGet(List.of(key, key, bytes("key1")));
      case 10 -> keep(db.iterator(random.nextBoolean() ? IteratorOptions.DEFAULT.withLazyValues() : IteratorOptions.DEFAULT), random);
      case 11 -> keep(db.snapshot(), random);
      case 12 -> keep(new WriteBatch(), random);
      case 13 -> keep(db.getPinned(key, ReadOptions.DEFAULT), random);
      case 14 -> db.monitor().statistics();
      case 15 -> close(objects.get(random.nextInt(OBJECTS)));
      case 16 -> reopen(db, random);
      case 17 -> {
        db.maintenance().flush();
        db.maintenance().reclaim(random.nextInt(101));
      }
      case 18 -> keep(db.begin(random.nextBoolean() ? HASTY : TransactionOptions.DEFAULT), random);
      case 19 -> keep(db.openKeyspace(keyspaceName(random)), random);
      case 20 -> changeKeyspaces(db, random);
      case 21 -> db.merge(MergeOperator.APPEND, key, key, HASTY_WRITE);
      case 22 -> db.deleteRange(key, null, HASTY_WRITE);
      case 23 -> db.compareAndSet(key, random.nextBoolean() ? null : key, key, HASTY_WRITE);
      case 24 -> db.fetchAdd(bytes("number"), 1, HASTY_WRITE);
      case 25 -> db.get(key, ReadOptions.asOf(db.commitTimestamp()));
      case 26 -> db.runInTransaction(HASTY, Duration.ofMillis(20), transaction -> touch(transaction, key));
      case 27 -> decide(db, random);
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
        if (random.nextInt(8) == 0) {
          rows.readValue(new byte[1000], 0, random.nextInt(1000));
          rows.readValue();
        }
        isFound = rows.next();
      }
    } else if (object instanceof Snapshot snapshot) {
      db.get(key, ReadOptions.at(snapshot));
      keep(db.iterator(IteratorOptions.DEFAULT.withSnapshot(snapshot)), random);
    } else if (object instanceof WriteBatch batch) {
      switch (random.nextInt(9)) {
        case 0 -> db.write(batch, HASTY_WRITE);
        case 1 -> batch.clear();
        case 2 -> batch.setSavepoint();
        case 3 -> batch.rollbackToSavepoint();
        case 4 -> batch.useKeyspace(objects.get(random.nextInt(OBJECTS)) instanceof Wombat keyspace ? keyspace : null);
        case 5 -> batch.merge(MergeOperator.APPEND, key, key).deleteRange(key, null).put(key, key, Duration.ofMillis(5));
        default -> batch.put(key, new byte[random.nextInt(5000)]).delete(key);
      }
    } else if (object instanceof PinnedValue pinned) {
      pinned.toByteArray();
    } else if (object instanceof Wombat keyspace) {
      keyspace.put(key, key, HASTY_WRITE);
      keep(keyspace.iterator(), random);
    } else if (object instanceof Transaction transaction) {
      Transaction there = objects.get(random.nextInt(OBJECTS)) instanceof Wombat keyspace ? transaction.in(keyspace) : transaction;
      work(transaction, there, key, random);
    }
  }

  private void work(Transaction transaction, Transaction there, byte[] key, Random random) throws Exception {
    switch (random.nextInt(14)) {
      case 0 -> there.get(key);
      case 1 -> there.getForUpdate(key, new byte[100]);
      case 2 -> there.multiGet(List.of(key, bytes("key1")));
      case 3 -> keep(there.iterator(), random);
      case 4 -> there.delete(key);
      case 5 -> there.deleteRange(key, null);
      case 6 -> there.merge(MergeOperator.APPEND, key, key);
      case 7 -> there.put(key, key, Duration.ofMillis(5));
      case 8 -> transaction.setSavepoint();
      case 9 -> transaction.rollbackToSavepoint();
      case 10 -> transaction.commit(HASTY_WRITE);
      case 11 -> transaction.rollback();
      case 12 -> transaction.prepare("prepared" + random.nextInt(3));
      default -> there.put(key, new byte[random.nextInt(3000)]);
    }
  }

  private static void touch(Transaction transaction, byte[] key) {
    transaction.get(key);
    transaction.put(key, key);
  }

  private static String keyspaceName(Random random) {
    return "keyspace" + random.nextInt(3);
  }

  private static void changeKeyspaces(Wombat db, Random random) {
    switch (random.nextInt(6)) {
      case 0 -> db.dropKeyspace(keyspaceName(random));
      case 1 -> db.renameKeyspace(keyspaceName(random), keyspaceName(random));
      case 2 -> db.keyspaces();
      default -> db.createKeyspace(keyspaceName(random));
    }
  }

  /** Prepared transactions are in the way of others until somebody decides. */
  private static void decide(Wombat db, Random random) {
    for (String name : db.preparedTransactions()) {
      if (random.nextBoolean()) {
        db.commitPrepared(name);
      } else {
        db.rollbackPrepared(name);
      }
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
        database.set(openWithValueFiles());
      }
    }
  }
}
