package org.wombatdb;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.wombatdb.typed.Keys;
import org.wombatdb.typed.KeyWriter;
import org.wombatdb.typed.TypedDb;
import org.wombatdb.typed.TypedRows;
import org.wombatdb.typed.TypedTransaction;
import org.wombatdb.typed.Values;

/** Work that is done again after conflicts; transactions as futures and with types. */
final class TransactionRunTest extends Tests {
  private static final byte[] KEY = bytes("k");

  public static void main(String[] names) throws Exception {
    run(TransactionRunTest.class, names);
  }

  private Wombat open(String name, String options) {
    return Wombat.open(path(name), WombatOptions.builder().parse("wal.sync=os; " + options).build());
  }

  /** Reads what it then changes behind its own back, so that it conflicts {@code times} times. */
  private static int meetConflicts(Wombat db, Transaction transaction, AtomicInteger times) {
    transaction.get(KEY);
    if (times.getAndDecrement() > 0) {
      db.put(KEY, bytes("of another"));
    }
    transaction.put(KEY, bytes("mine"));
    return 42;
  }

  @Test
  void repeatsAfterConflicts() {
    try (Wombat db = open("db", "retry.first_delay_ms=0")) {
      AtomicInteger times = new AtomicInteger(3);
      TransactionResult<Integer> result = db.callInTransaction(transaction -> meetConflicts(db, transaction, times));
      checkEqual(result.value(), 42);
      checkEqual(result.retries(), 3);
      checkEqual(result.timestamp(), db.commitTimestamp());
      checkEqual(text(db.get(KEY)), "mine");
      checkEqual(db.runInTransaction(transaction -> transaction.get(KEY)), new TransactionResult<Void>(null, 0, 0));
    }
  }

  @Test
  void repeatsAfterNothingElse() {
    try (Wombat db = open("db", "retry.first_delay_ms=0")) {
      for (Status status : Status.values()) {
        AtomicInteger calls = new AtomicInteger();
        TransactionFunction<Integer, RuntimeException> work = transaction -> {
          if (calls.getAndIncrement() == 0) {
            throw new WombatException(status, 0, true, "made by hand");
          }
          return 7;
        };
        if (status == Status.CONFLICT || status == Status.DEADLOCK) {
          checkEqual(db.callInTransaction(work), new TransactionResult<>(7, 0, 1));
        } else {
          checkStatus(status, () -> db.callInTransaction(work));
          checkEqual(calls.get(), 1);
        }
      }
    }
  }

  @Test
  void givesUpInTheEnd() {
    try (Wombat db = open("db", "retry.attempts=2; retry.first_delay_ms=0")) {
      AtomicInteger times = new AtomicInteger(1000);
      checkStatus(Status.CONFLICT, () -> db.callInTransaction(transaction -> meetConflicts(db, transaction, times)));
      checkEqual(times.get(), 997);
      db.setOption(OptionName.RETRY_ATTEMPTS, "0");
      checkStatus(Status.CONFLICT, () -> db.callInTransaction(transaction -> meetConflicts(db, transaction, times)));
      checkEqual(times.get(), 996);
    }
  }

  @Test
  void whatTheWorkThrowsComesOut() {
    try (Wombat db = open("db")) {
      AtomicInteger calls = new AtomicInteger();
      IOException checked = new IOException("checked");
      IllegalStateException unchecked = new IllegalStateException("unchecked");
      Error error = new AssertionError("error");
      for (Throwable thrown : List.of(checked, unchecked, error)) {
        Throwable caught = checkThrows(Throwable.class, () -> db.runInTransaction(transaction -> {
          calls.incrementAndGet();
          transaction.put(KEY, KEY);
          sneak(thrown);
        }));
        check(caught == thrown && caught.getSuppressed().length == 0, "the very same");
      }
      checkStatus(Status.INVALID_ARGUMENT, () -> db.runInTransaction(transaction -> {
        calls.incrementAndGet();
        transaction.merge(MergeOperator.of("nonsense"), KEY, KEY);
      }));
      checkEqual(calls.get(), 4);
      checkEqual(db.get(KEY), null);
      checkStatus(Status.TXN_ENDED, () -> db.runInTransaction(Transaction::rollback));
      db.<IOException>runInTransaction(transaction -> Files.touch(transaction));
    } catch (IOException exception) {
      throw new AssertionError("the compiler knows what is thrown", exception);
    }
  }

  /** Work that says what it throws. */
  private static final class Files {
    static void touch(Transaction transaction) throws IOException {
      transaction.put(KEY, KEY);
    }
  }

  private static void sneak(Throwable thrown) throws Exception {
    if (thrown instanceof Error error) {
      throw error;
    }
    throw (Exception) thrown;
  }

  @Test
  void timeLimitAndInterruption() {
    try (Wombat db = open("db", "retry.attempts=1000; retry.first_delay_ms=60000; retry.max_delay_ms=60000")) {
      AtomicInteger times = new AtomicInteger(1000);
      long start = System.nanoTime();
      WombatException late = checkStatus(Status.TIMED_OUT, () -> db.callInTransaction(TransactionOptions.DEFAULT,
          Duration.ofSeconds(1), transaction -> meetConflicts(db, transaction, times)));
      check(late.getCause() instanceof WombatException cause && cause.status() == Status.CONFLICT, "the cause");
      WombatException interrupted = checkStatus(Status.CANCELLED, () -> db.callInTransaction(transaction -> {
        Thread.currentThread().interrupt();
        return meetConflicts(db, transaction, times);
      }));
      check(interrupted.getMessage().contains("interrupted") && Thread.interrupted(), "it stays interrupted");
      Thread waiting = Thread.currentThread();
      Thread interrupter = new Thread(() -> {
        while (waiting.getState() != Thread.State.TIMED_WAITING) {
          Thread.onSpinWait();
        }
        waiting.interrupt();
      });
      interrupter.start();
      checkStatus(Status.CANCELLED, () -> db.callInTransaction(transaction -> meetConflicts(db, transaction, times)));
      check(Thread.interrupted(), "it stays interrupted");
      check(System.nanoTime() - start < 30_000_000_000L, "nobody has waited");
      checkEqual(times.get(), 997);
      checkStatus(Status.INVALID_ARGUMENT,
          () -> db.runInTransaction(TransactionOptions.DEFAULT, Duration.ofSeconds(-1), transaction -> {}));
    }
  }

  @Test
  void threadsCountTogether() throws Exception {
    for (TransactionOptions options : List.of(TransactionOptions.DEFAULT, TransactionOptions.PESSIMISTIC)) {
      try (Wombat db = open("db" + options.isPessimistic(), "retry.attempts=1000")) {
        AtomicLong retries = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; ++i) {
          Thread thread = new Thread(() -> {
            for (int j = 0; j < 100; ++j) {
              retries.addAndGet(db.runInTransaction(options, Duration.ZERO, TransactionRunTest::countOne).retries());
            }
          });
          thread.start();
          threads.add(thread);
        }
        for (Thread thread : threads) {
          thread.join();
        }
        checkEqual(MergeOperator.decodeLong(db.get(KEY)), 400L);
        System.out.println("       " + retries + " repetitions");
      }
    }
  }

  private static void countOne(Transaction transaction) {
    byte[] before = transaction.getForUpdate(KEY);
    transaction.put(KEY, MergeOperator.encode(before == null ? 1 : MergeOperator.decodeLong(before) + 1));
  }

  @Test
  void futures() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(2);
    try (Wombat db = open("db", "retry.attempts=1000; retry.first_delay_ms=60000; retry.max_delay_ms=60000")) {
      AsyncWombat async = db.async(executor);
      checkEqual(async.fetchAdd(bytes("n"), 7).get(), 0L);
      async.merge(MergeOperator.INT64_ADD, bytes("n"), MergeOperator.encode(1)).get();
      check(async.putIfAbsent(bytes("a"), KEY).get() && !async.compareAndSet(bytes("a"), null, KEY).get(), "single calls");
      TransactionResult<Long> result = async.callInTransaction(TransactionOptions.DEFAULT, Duration.ofMinutes(1), transaction -> {
        transaction.put(bytes("b"), KEY);
        return MergeOperator.decodeLong(transaction.get(bytes("n")));
      }).get();
      checkEqual(result.value(), 8L);
      check(db.contains(bytes("b")), "committed");
      async.deleteRange(null, null).get();
      checkEqual(db.contains(bytes("b")), false);

      IOException thrown = new IOException();
      ExecutionException failure = checkThrows(ExecutionException.class,
          () -> async.callInTransaction(TransactionOptions.DEFAULT, Duration.ZERO, transaction -> {
            throw thrown;
          }).get());
      check(failure.getCause() == thrown, "the very same");

      CountDownLatch met = new CountDownLatch(1);
      AtomicInteger times = new AtomicInteger(1000);
      CompletableFuture<TransactionResult<Integer>> future =
          async.callInTransaction(TransactionOptions.DEFAULT, Duration.ZERO, transaction -> {
            met.countDown();
            return meetConflicts(db, transaction, times);
          });
      met.await();
      check(future.cancel(false), "cancelled");
      executor.shutdown();
      check(executor.awaitTermination(20, java.util.concurrent.TimeUnit.SECONDS), "it does not wait for another attempt");
    } finally {
      executor.shutdown();
    }
  }

  @Test
  void types() {
    try (Wombat db = open("db")) {
      db.createKeyspace("limits");
      try (Wombat limits = db.openKeyspace("limits")) {
        TypedDb<String, Long> balances = TypedDb.of(db, bytes("balance/"), Keys.STRING, Values.LONG);
        TypedDb<String, Long> most = TypedDb.of(limits, Keys.STRING, Values.LONG);
        db.put(bytes("balance"), bytes("before them all"));
        db.put(bytes("balance0"), bytes("behind them all"));
        db.runInTransaction(transaction -> {
          TypedTransaction<String, Long> inBalances = balances.in(transaction);
          inBalances.put("ada", 10L);
          inBalances.put("bob", 5L, Duration.ofDays(1));
          inBalances.merge(MergeOperator.INT64_ADD, "ada", 5L);
          most.in(transaction).put("ada", 100L);
          checkEqual(inBalances.get("ada"), Optional.of(15L));
          checkEqual(inBalances.getForUpdate("eve"), Optional.empty());
          checkEqual(inBalances.multiGet(List.of("ada", "eve", "bob")), Map.of("ada", 15L, "bob", 5L));
          check(inBalances.contains("bob") && !inBalances.contains("eve"), "contains");
          checkEqual(count(inBalances.rows()) + count(inBalances.rows("b", null)) * 10, 12L);
          checkEqual(count(inBalances.rows(new KeyWriter().putString("ada"))), 1L);
          inBalances.delete("bob");
        });
        checkEqual(balances.get("ada"), Optional.of(15L));
        checkEqual(balances.get("bob"), Optional.empty());
        checkEqual(most.get("ada"), Optional.of(100L));
        check(balances.putIfAbsent("bob", 1L) && !balances.putIfAbsent("bob", 2L), "putIfAbsent");
        check(balances.compareAndSet("bob", 1L, 3L) && balances.compareAndSet("bob", 3L, null), "compareAndSet");
        check(balances.compareAndSet("bob", null, 3L), "compareAndSet");
        balances.merge(MergeOperator.INT64_MAX, "bob", 9L);
        checkEqual(balances.get("bob"), Optional.of(9L));
        balances.deleteRange("b", "c");
        check(balances.contains("ada") && !balances.contains("bob"), "a range");
        db.runInTransaction(transaction -> balances.in(transaction).deleteRange("x", null));
        check(balances.contains("ada"), "a range without keys");
        balances.deleteRange(null, null);
        check(!balances.contains("ada"), "all of it");
        check(db.contains(bytes("balance")) && db.contains(bytes("balance0")), "and nothing else");
      }
    }
  }

  private static long count(TypedRows<String, Long> rows) {
    try (rows) {
      return rows.stream().count();
    }
  }
}
