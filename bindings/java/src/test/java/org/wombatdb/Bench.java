package org.wombatdb;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** The Java part of bindings/bench/bench_bindings.py: prints "CASE NANOSECONDS" for each case, the best of several rounds. */
final class Bench {
  private static final int ROWS = 1_000_000;
  private static final int KEYS = 1 << 16;
  private static final int KEYS_HOT = 64;
  private static final int VALUE_SIZE = 100;
  private static final int BATCH_SIZE = 1000;
  private static final int TRANSACTIONS = 2000;
  /** Operations before the first round that counts, for the compiler to do its best. */
  private static final int WARM_UP = 1_000_000;
  private static final int ROUNDS = 48;

  /** The only case to run; empty: all. */
  private static String only = "";

  private final Wombat db;
  private final byte[][] keys = new byte[KEYS][];
  private final byte[] value = new byte[VALUE_SIZE];
  private long sink;

  private Bench(Wombat db) {
    this.db = db;
    Arrays.fill(value, (byte) 'v');
    long state = 42;
    for (int i = 0; i < KEYS; ++i) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      keys[i] = Tests.bytes(String.format("key%013d", (state >>> 33) % ROWS));
    }
  }

  public static void main(String[] arguments) {
    only = arguments.length > 1 ? arguments[1] : "";
    WombatOptions options = WombatOptions.builder().set(OptionName.WAL_SYNC, "os").build();
    try (Wombat db = Wombat.open(Path.of(arguments[0]), options); Wombat written = Wombat.open(Path.of(arguments[0] + ".java"), options)) {
      Bench bench = new Bench(db);
      report("get_new", KEYS, bench::getNew);
      report("get_buffer", KEYS, bench::getBuffer);
      report("get_direct", KEYS, bench::getDirect);
      report("get_hot", KEYS, bench::getHot);
      report("batch_put", 20 * BATCH_SIZE, () -> bench.batchPut(written));
      bench.fill(written);
      report("transaction", TRANSACTIONS, () -> bench.transaction(written));
      report("four_calls", TRANSACTIONS, () -> bench.fourCalls(written));
      report("scan", ROWS, bench::scan);
      if (bench.sink == 42) {
        System.out.println();
      }
    }
  }

  private static void report(String name, int operations, Runnable round) {
    if (!only.isEmpty() && !only.equals(name)) {
      return;
    }
    long best = Long.MAX_VALUE;
    for (int done = 0; done < WARM_UP; done += operations) {
      round.run();
    }
    for (int i = 0; i < ROUNDS; ++i) {
      long start = System.nanoTime();
      round.run();
      best = Math.min(best, System.nanoTime() - start);
    }
    System.out.printf(Locale.ROOT, "%s %.1f%n", name, (double) best / operations);
  }

  private void getNew() {
    for (byte[] key : keys) {
      sink += db.get(key).length;
    }
  }

  private void getBuffer() {
    byte[] buffer = new byte[VALUE_SIZE];
    for (byte[] key : keys) {
      sink += db.get(key, buffer);
    }
  }

  private void getHot() {
    byte[] buffer = new byte[VALUE_SIZE];
    for (int i = 0; i < KEYS; ++i) {
      sink += db.get(keys[i % KEYS_HOT], buffer);
    }
  }

  private void getDirect() {
    ByteBuffer key = ByteBuffer.allocateDirect(16);
    ByteBuffer buffer = ByteBuffer.allocateDirect(VALUE_SIZE);
    for (byte[] bytes : keys) {
      key.clear().put(bytes).flip();
      buffer.clear();
      sink += db.get(key, buffer, ReadOptions.DEFAULT);
    }
  }

  private void batchPut(Wombat to) {
    try (WriteBatch batch = new WriteBatch()) {
      for (int i = 0; i < 20; ++i) {
        for (int j = 0; j < BATCH_SIZE; ++j) {
          batch.put(keys[i * BATCH_SIZE + j], value);
        }
        to.write(batch);
        batch.clear();
      }
    }
  }

  private void fill(Wombat to) {
    for (byte[] key : keys) {
      to.put(key, value);
    }
  }

  /** Two gets and two puts of few keys. */
  private void transaction(Wombat to) {
    byte[] buffer = new byte[VALUE_SIZE];
    for (int i = 0; i < TRANSACTIONS; ++i) {
      byte[] first = keys[i % KEYS_HOT];
      byte[] second = keys[(i + 1) % KEYS_HOT];
      try (Transaction transaction = to.begin()) {
        sink += transaction.get(first, buffer) + transaction.get(second, buffer);
        transaction.put(first, value);
        transaction.put(second, value);
        transaction.commit();
      }
    }
  }

  /** The same without a transaction. */
  private void fourCalls(Wombat to) {
    byte[] buffer = new byte[VALUE_SIZE];
    for (int i = 0; i < TRANSACTIONS; ++i) {
      byte[] first = keys[i % KEYS_HOT];
      byte[] second = keys[(i + 1) % KEYS_HOT];
      sink += to.get(first, buffer) + to.get(second, buffer);
      to.put(first, value);
      to.put(second, value);
    }
  }

  private void scan() {
    try (WombatIterator rows = db.iterator()) {
      while (rows.next()) {
        sink += rows.keySize() + rows.valueSize();
      }
    }
  }
}
