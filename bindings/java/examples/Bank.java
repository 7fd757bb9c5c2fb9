import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.wombatdb.TransactionOptions;
import org.wombatdb.Wombat;
import org.wombatdb.WombatOptions;
import org.wombatdb.typed.Keys;
import org.wombatdb.typed.TypedDb;
import org.wombatdb.typed.TypedTransaction;
import org.wombatdb.typed.Values;

/** The program of examples/bank.c in Java: threads move money between accounts of two keyspaces; the sum stays the same. */
final class Bank {
  private static final int ACCOUNTS = 10;
  private static final int TRANSFERS = 1000;
  private static final int THREADS = 4;
  private static final long BALANCE_AT_FIRST = 100;

  private final Wombat db;
  /** Accounts are numbered; each keyspace holds the balances of its kind. */
  private final TypedDb<Integer, Long> current;
  private final TypedDb<Integer, Long> savings;

  private Bank(Wombat db, Wombat savings) {
    this.db = db;
    this.current = TypedDb.of(db, Keys.INTEGER, Values.LONG);
    this.savings = TypedDb.of(savings, Keys.INTEGER, Values.LONG);
  }

  public static void main(String[] arguments) throws InterruptedException, ExecutionException {
    WombatOptions options = WombatOptions.builder().parse("wal.sync=os; retry.attempts=1000").build();
    try (Wombat db = Wombat.open(Path.of("bank"), options)) {
      if (!db.keyspaces().contains("savings")) {
        db.createKeyspace("savings");
      }
      try (Wombat savings = db.openKeyspace("savings")) {
        new Bank(db, savings).run();
      }
    }
  }

  private void run() throws InterruptedException, ExecutionException {
    db.runInTransaction(transaction -> {
      for (int account = 0; account < ACCOUNTS; ++account) {
        current.in(transaction).put(account, BALANCE_AT_FIRST);
        savings.in(transaction).put(account, BALANCE_AT_FIRST);
      }
    });
    int retries = 0;
    ExecutorService tellers = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Integer>> served = new ArrayList<>();
      for (int i = 0; i < THREADS; ++i) {
        Random random = new Random(i);
        served.add(tellers.submit(() -> serve(random)));
      }
      for (Future<Integer> teller : served) {
        retries += teller.get();
      }
    } finally {
      tellers.shutdown();
    }
    long sum = db.callInTransaction(TransactionOptions.READ_ONLY, Duration.ZERO,
        transaction -> addUp(current.in(transaction)) + addUp(savings.in(transaction))).value();
    System.out.printf("%d transfers, %d of them tried again; the accounts hold %d%n", THREADS * TRANSFERS, retries, sum);
    if (sum != 2 * ACCOUNTS * BALANCE_AT_FIRST) {
      throw new IllegalStateException("money was made or lost");
    }
  }

  /** {@return how often transfers were tried again} */
  private int serve(Random random) {
    int retries = 0;
    for (int i = 0; i < TRANSFERS; ++i) {
      int from = random.nextInt(ACCOUNTS);
      int to = random.nextInt(ACCOUNTS);
      long amount = 1 + random.nextInt(20);
      boolean isSaved = random.nextBoolean();
      // The work may run several times: it keeps nothing.
      retries += db.runInTransaction(transaction -> {
        TypedTransaction<Integer, Long> source = (isSaved ? current : savings).in(transaction);
        TypedTransaction<Integer, Long> target = (isSaved ? savings : current).in(transaction);
        long before = source.get(from).orElseThrow();
        if (before >= amount) {
          source.put(from, before - amount);
          target.put(to, target.get(to).orElseThrow() + amount);
        }
      }).retries();
    }
    return retries;
  }

  private static long addUp(TypedTransaction<Integer, Long> balances) {
    try (var rows = balances.rows()) {
      return rows.stream().mapToLong(row -> row.getValue()).sum();
    }
  }
}
