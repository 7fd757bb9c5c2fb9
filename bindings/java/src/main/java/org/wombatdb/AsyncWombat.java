package org.wombatdb;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The calls of a database as futures, run by an executor of the caller. The database itself works synchronously: this
 * moves the wait to another thread, it does not make a single call faster.
 *
 * <p>Arguments must not be changed before the future is done. Cancelling a future of a long call (flush and what follows)
 * cancels the call.
 */
public final class AsyncWombat {
  private final Wombat db;
  private final Executor executor;

  AsyncWombat(Wombat db, Executor executor) {
    this.db = db;
    this.executor = Objects.requireNonNull(executor, "executor");
  }

  /**
   * {@return the value of a key, or null}
   *
   * @param key the key
   */
  public CompletableFuture<byte[]> get(byte[] key) {
    return supply(() -> db.get(key));
  }

  /**
   * {@return the values of keys at one moment, in the same order, null for each that is absent}
   *
   * @param keys the keys
   */
  public CompletableFuture<List<byte[]>> multiGet(Collection<byte[]> keys) {
    return supply(() -> db.multiGet(keys));
  }

  /**
   * Stores a value under a key.
   *
   * @param key the key
   * @param value the value
   * @return done when the write is acknowledged
   */
  public CompletableFuture<Void> put(byte[] key, byte[] value) {
    return run(() -> db.put(key, value));
  }

  /**
   * Removes a key.
   *
   * @param key the key
   * @return done when the write is acknowledged
   */
  public CompletableFuture<Void> delete(byte[] key) {
    return run(() -> db.delete(key));
  }

  /**
   * Commits a batch.
   *
   * @param batch what to do; nobody may use it before the future is done
   * @return done when the write is acknowledged
   */
  public CompletableFuture<Void> write(WriteBatch batch) {
    return run(() -> db.write(batch));
  }

  /**
   * Removes all keys of a range.
   *
   * @param lower first key; null: no bound
   * @param upper first key that stays; null: no bound
   * @return done when the write is acknowledged
   */
  public CompletableFuture<Void> deleteRange(byte[] lower, byte[] upper) {
    return run(() -> db.deleteRange(lower, upper));
  }

  /**
   * Changes the value of a key without reading it.
   *
   * @param operator how the value changes
   * @param key the key
   * @param operand what the operator takes
   * @return done when the write is acknowledged
   */
  public CompletableFuture<Void> merge(MergeOperator operator, byte[] key, byte[] operand) {
    return run(() -> db.merge(operator, key, operand));
  }

  /**
   * {@return whether a value was stored: when its key was absent}
   *
   * @param key the key
   * @param value the value
   */
  public CompletableFuture<Boolean> putIfAbsent(byte[] key, byte[] value) {
    return supply(() -> db.putIfAbsent(key, value));
  }

  /**
   * {@return whether the value of a key was replaced: when it was the expected one}
   *
   * @param key the key
   * @param expected the value before; null: the key is absent
   * @param desired the value after; null: the key is removed
   */
  public CompletableFuture<Boolean> compareAndSet(byte[] key, byte[] expected, byte[] desired) {
    return supply(() -> db.compareAndSet(key, expected, desired));
  }

  /**
   * {@return the number before} Adds to the number under a key.
   *
   * @param key the key
   * @param delta what to add
   */
  public CompletableFuture<Long> fetchAdd(byte[] key, long delta) {
    return supply(() -> db.fetchAdd(key, delta));
  }

  /**
   * Does work in a transaction and commits it, after conflicts again; see {@link Wombat#callInTransaction}. A future that is
   * cancelled keeps it from being repeated.
   *
   * @param <T> type of what the work returns
   * @param options of each transaction
   * @param timeout longest time of all attempts, zero for no limit
   * @param work what to do, perhaps several times
   * @return what the work returned, when it was committed, and how often it was repeated
   */
  public <T> CompletableFuture<TransactionResult<T>> callInTransaction(TransactionOptions options, Duration timeout,
      TransactionFunction<T, ? extends Exception> work) {
    CompletableFuture<TransactionResult<T>> future = new CompletableFuture<>();
    TransactionRunner runner = new TransactionRunner(db, options, timeout, future::isCancelled);
    executor.execute(() -> {
      try {
        if (!future.isDone()) {
          future.complete(runner.run(work));
        }
      } catch (Throwable failure) {
        future.completeExceptionally(failure);
      }
    });
    return future;
  }

  /** {@return done when every write acknowledged before is durable} */
  public CompletableFuture<Void> sync() {
    return run(db::sync);
  }

  /** {@return done when what is in memory now is in tables} */
  public CompletableFuture<Void> flush() {
    return runTask(options -> () -> db.maintenance().flush(options));
  }

  /**
   * Rewrites the keys of a range into the deepest level.
   *
   * @param lower first key; null: no bound
   * @param upper last key; null: no bound
   * @return done when that is done
   */
  public CompletableFuture<Void> compactRange(byte[] lower, byte[] upper) {
    return runTask(options -> () -> db.maintenance().compactRange(lower, upper, options));
  }

  /** {@return done when no background work is running or due} */
  public CompletableFuture<Void> waitForBackgroundWork() {
    return runTask(options -> () -> db.maintenance().waitForBackgroundWork(options));
  }

  /** {@return done when every file was read and found to be right} */
  public CompletableFuture<Void> verify() {
    return runTask(options -> () -> db.maintenance().verify(options));
  }

  /**
   * Gives space of value files back, as {@link Maintenance#reclaim(int, TaskOptions)} does.
   *
   * @param deadPercent how much of a file must be dead, 0 to 100
   * @return done when that is done
   */
  public CompletableFuture<Void> reclaim(int deadPercent) {
    return runTask(options -> () -> db.maintenance().reclaim(deadPercent, options));
  }

  /**
   * Takes files of table builders in, as {@link Maintenance#ingest(Collection, boolean, TaskOptions)} does.
   *
   * @param files the files
   * @param removesFiles whether they are removed when they have been taken in
   * @return done when all of them are in the database
   */
  public CompletableFuture<Void> ingest(Collection<Path> files, boolean removesFiles) {
    return runTask(options -> () -> db.maintenance().ingest(files, removesFiles, options));
  }

  private <T> CompletableFuture<T> supply(Supplier<T> call) {
    return CompletableFuture.supplyAsync(call, executor);
  }

  private CompletableFuture<Void> run(Runnable call) {
    return CompletableFuture.runAsync(call, executor);
  }

  private CompletableFuture<Void> runTask(Function<TaskOptions, Runnable> call) {
    Cancellation cancellation = new Cancellation();
    CompletableFuture<Void> future = new CompletableFuture<>();
    future.whenComplete((result, failure) -> {
      if (future.isCancelled()) {
        cancellation.request();
      }
    });
    Runnable task = call.apply(TaskOptions.DEFAULT.withCancellation(cancellation));
    try {
      executor.execute(() -> {
        try {
          if (!future.isDone()) {
            task.run();
          }
          future.complete(null);
        } catch (Throwable failure) {
          future.completeExceptionally(failure);
        } finally {
          cancellation.close();
        }
      });
    } catch (RuntimeException rejected) {
      cancellation.close();
      throw rejected;
    }
    return future;
  }
}
