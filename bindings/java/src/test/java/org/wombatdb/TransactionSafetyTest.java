package org.wombatdb;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** What programs do wrong with transactions: an exception that says what, never a crash. */
final class TransactionSafetyTest extends Tests {
  private static final byte[] KEY = bytes("k");

  public static void main(String[] names) throws Exception {
    run(TransactionSafetyTest.class, names);
  }

  /** Every call, which must fail so. */
  private static void checkAllFail(Status status, Transaction transaction) {
    checkStatus(status, () -> transaction.get(KEY));
    checkStatus(status, () -> transaction.get(KEY, new byte[9]));
    checkStatus(status, () -> transaction.getForUpdate(KEY));
    checkStatus(status, () -> transaction.contains(KEY));
    checkStatus(status, () -> transaction.multiGet(List.of(KEY)));
    checkStatus(status, transaction::iterator);
    checkStatus(status, () -> transaction.put(KEY, KEY));
    checkStatus(status, () -> transaction.delete(KEY));
    checkStatus(status, () -> transaction.deleteRange(null, null));
    checkStatus(status, () -> transaction.merge(MergeOperator.APPEND, KEY, KEY));
    checkStatus(status, transaction::setSavepoint);
    checkStatus(status, transaction::rollbackToSavepoint);
    checkStatus(status, transaction::releaseSavepoint);
    checkStatus(status, transaction::commit);
    checkStatus(status, transaction::rollback);
    checkStatus(status, () -> transaction.prepare("name"));
  }

  @Test
  void useAfterTheEnd() {
    try (Wombat db = open("db")) {
      db.createKeyspace("visits");
      try (Wombat visits = db.openKeyspace("visits")) {
        for (int end = 0; end < 3; ++end) {
          Transaction transaction = db.begin();
          transaction.put(KEY, bytes("v"));
          WombatIterator rows = transaction.iterator();
          check(rows.next(), "row");
          switch (end) {
            case 0 -> transaction.commit();
            case 1 -> transaction.rollback();
            default -> transaction.prepare("name");
          }
          checkAllFail(Status.TXN_ENDED, transaction);
          checkAllFail(Status.TXN_ENDED, transaction.in(visits));
          checkStatus(Status.TXN_ENDED, rows::first);
          transaction.close();
          transaction.close();
          checkAllFail(Status.CLOSED, transaction);
          checkAllFail(Status.CLOSED, transaction.in(visits));
          checkStatus(Status.TXN_ENDED, rows::first);
          rows.close();
        }
        db.rollbackPrepared("name");
      }
    }
  }

  @Test
  void theDatabaseIsClosed() {
    Wombat db = open("db");
    Transaction transaction = db.begin();
    transaction.put(KEY, KEY);
    WombatIterator rows = transaction.iterator();
    db.close();
    checkAllFail(Status.CLOSED, transaction);
    checkStatus(Status.CLOSED, rows::first);
    checkStatus(Status.CLOSED, db::begin);
    checkStatus(Status.CLOSED, () -> db.runInTransaction(unused -> {}));
    checkStatus(Status.CLOSED, db::preparedTransactions);
    checkStatus(Status.CLOSED, () -> db.commitPrepared("name"));
    checkStatus(Status.CLOSED, db::commitTimestamp);
    transaction.close();
    rows.close();
    try (Wombat again = open("db")) {
      checkEqual(again.get(KEY), null);
      checkStatus(Status.CLOSED, () -> again.runInTransaction(unused -> again.close()));
    }
  }

  @Test
  void keyspacesThatCannotBe() {
    try (Wombat db = open("db"); Wombat other = open("other"); Transaction transaction = db.begin()) {
      db.createKeyspace("visits");
      db.createKeyspace("dropped");
      Wombat visits = db.openKeyspace("visits");
      Wombat dropped = db.openKeyspace("dropped");
      checkStatus(Status.INVALID_ARGUMENT, () -> transaction.in(other).get(KEY));
      checkStatus(Status.INVALID_ARGUMENT, () -> transaction.in(other).put(KEY, KEY));
      visits.close();
      checkStatus(Status.CLOSED, () -> transaction.in(visits).get(KEY));
      db.dropKeyspace("dropped");
      checkStatus(Status.DROPPED, () -> transaction.in(dropped).get(KEY));
      checkStatus(Status.DROPPED, () -> transaction.in(dropped).iterator());
      dropped.close();
      checkThrows(NullPointerException.class, () -> transaction.in(null));
      transaction.put(KEY, KEY);
      transaction.commit();
    }
  }

  /** One thread waits for a lock inside the transaction while another calls it, and then frees it. */
  @Test
  void oneThreadAtATime() throws Exception {
    TransactionOptions patient = TransactionOptions.PESSIMISTIC.withLockTimeout(Duration.ofMinutes(1));
    try (Wombat db = open("db"); Transaction holder = db.begin(patient)) {
      holder.put(KEY, KEY);
      Transaction transaction = db.begin(patient);
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread waiter = new Thread(() -> {
        try {
          transaction.getForUpdate(KEY);
        } catch (Throwable failure) {
          thrown.set(failure);
        }
      });
      waiter.start();
      WombatException failure = null;
      for (int i = 0; i < 2000 && failure == null; ++i) {
        try {
          Thread.sleep(5);
          transaction.get(bytes("another"));
        } catch (WombatException exception) {
          failure = exception;
        }
      }
      check(failure != null && failure.status() == Status.IN_USE, String.valueOf(failure));
      checkAllFail(Status.IN_USE, transaction);
      transaction.close();
      holder.rollback();
      waiter.join();
      check(thrown.get() == null || thrown.get() instanceof WombatException, String.valueOf(thrown.get()));
      db.put(KEY, bytes("nobody holds it"));
    }
  }

  @Test
  void whatIsForgottenIsRolledBack() throws Exception {
    try (Wombat db = open("db")) {
      WeakReference<Transaction> forgotten = forget(db);
      for (int i = 0; i < 500; ++i) {
        System.gc();
        Thread.sleep(10);
        try {
          db.put(KEY, bytes("free"), WriteOptions.DEFAULT.withTimeout(Duration.ofMillis(10)));
          check(forgotten.get() == null, "it was collected");
          checkEqual(text(db.get(KEY)), "free");
          return;
        } catch (WombatException exception) {
          checkEqual(exception.status(), Status.TIMED_OUT);
        }
      }
      throw new AssertionError("the forgotten transaction still holds its lock");
    }
  }

  private static WeakReference<Transaction> forget(Wombat db) {
    Transaction transaction = db.begin(TransactionOptions.PESSIMISTIC.withTimeout(TransactionOptions.NO_LIMIT));
    transaction.put(KEY, bytes("locked"));
    checkStatus(Status.TIMED_OUT, () -> db.put(KEY, KEY, WriteOptions.DEFAULT.withTimeout(Duration.ofMillis(10))));
    return new WeakReference<>(transaction);
  }

  @Test
  void whatIsNeededLives() throws Exception {
    WombatIterator rows = forgetParents();
    for (int i = 0; i < 20; ++i) {
      System.gc();
      Thread.sleep(5);
    }
    check(rows.next() && text(rows.value()).equals("v"), "transaction and database of the cursor were not collected");
    rows.close();
  }

  private WombatIterator forgetParents() {
    Transaction transaction = open("db").begin();
    transaction.put(KEY, bytes("v"));
    return transaction.iterator();
  }

  @Test
  void closedWhileOthersWork() throws Exception {
    for (int round = 0; round < 10; ++round) {
      Wombat db = open("db" + round);
      AtomicReference<Throwable> unexpected = new AtomicReference<>();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 4; ++i) {
        Thread thread = new Thread(() -> {
          try {
            for (;;) {
              db.runInTransaction(transaction -> {
                transaction.merge(MergeOperator.INT64_ADD, KEY, MergeOperator.encode(1));
                transaction.get(KEY);
                try (Rows rows = transaction.rows(IteratorOptions.DEFAULT)) {
                  rows.forEach(row -> check(row.value().length == Long.BYTES, "a number"));
                }
              });
            }
          } catch (WombatException exception) {
            if (exception.status() != Status.CLOSED && exception.status() != Status.CONFLICT) {
              unexpected.set(exception);
            }
          } catch (Throwable failure) {
            unexpected.set(failure);
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
}
