package org.wombatdb;

import java.lang.ref.Reference;

/** Long calls of a database. They report progress, can be cancelled and have a time limit; see {@link TaskOptions}. */
public final class Maintenance {
  private final Wombat db;

  Maintenance(Wombat db) {
    this.db = db;
  }

  /** Writes what is in memory to tables and waits for it. Not needed for durability. */
  public void flush() {
    flush(TaskOptions.DEFAULT);
  }

  /**
   * Writes what is in memory to tables and waits for it. Not needed for durability.
   *
   * @param options how
   */
  public void flush(TaskOptions options) {
    run(options, Raw::flush);
  }

  /**
   * Rewrites the keys of a range into the deepest level, dropping what was overwritten or deleted.
   *
   * @param lower first key; null: no bound
   * @param upper last key; null: no bound
   */
  public void compactRange(byte[] lower, byte[] upper) {
    compactRange(lower, upper, TaskOptions.DEFAULT);
  }

  /**
   * Rewrites the keys of a range into the deepest level, dropping what was overwritten or deleted.
   *
   * @param lower first key; null: no bound
   * @param upper last key; null: no bound
   * @param options how
   */
  public void compactRange(byte[] lower, byte[] upper, TaskOptions options) {
    try (BytesArgument range = new BytesArgument(lower, upper)) {
      run(options, (handle, timeout, cancel, function, userData) -> Raw.compact_range(handle, range.first(), range.firstSize(),
          range.second(), range.secondSize(), timeout, cancel, function, userData));
    }
  }

  /**
   * Holds compactions of all keyspaces back until {@link #resumeCompaction} was called as often. Waits for those that run;
   * flushes go on.
   *
   * @param options how
   */
  public void pauseCompaction(TaskOptions options) {
    run(options, Raw::compaction_pause);
  }

  /** {@link #pauseCompaction(TaskOptions)} without a time limit. */
  public void pauseCompaction() {
    pauseCompaction(TaskOptions.DEFAULT);
  }

  /**
   * Undoes one {@link #pauseCompaction()}.
   *
   * @throws WombatException {@link Status#INVALID_ARGUMENT} when compactions are not paused
   */
  public void resumeCompaction() {
    try {
      WombatException.check(Raw.compaction_resume(db.handle()));
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  /** Waits until no background work is running or due. */
  public void waitForBackgroundWork() {
    waitForBackgroundWork(TaskOptions.DEFAULT);
  }

  /**
   * Waits until no background work is running or due.
   *
   * @param options how
   */
  public void waitForBackgroundWork(TaskOptions options) {
    run(options, Raw::wait);
  }

  /** Reads every file of the database and checks everything in it. */
  public void verify() {
    verify(TaskOptions.DEFAULT);
  }

  /**
   * Reads every file of the database and checks everything in it.
   *
   * @param options how
   * @throws WombatException {@link Status#CORRUPTION} naming file and offset
   */
  public void verify(TaskOptions options) {
    run(options, Raw::verify);
  }

  /** {@return how many log files were removed because all they hold is in tables} The database does this by itself, too. */
  public long cleanUpLogs() {
    try {
      return WombatException.check(Raw.clean_up_logs(db.handle()));
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  /**
   * {@return about how many bytes of files the keys of a range take}
   *
   * @param lower first key; null: no bound
   * @param upper first key that does not count; null: no bound
   */
  public long approximateSize(byte[] lower, byte[] upper) {
    try (BytesArgument range = new BytesArgument(lower, upper)) {
      return WombatException.check(Raw.approximate_size(db.handle(), range.first(), range.firstSize(), range.second(),
          range.secondSize()));
    } finally {
      Reference.reachabilityFence(db);
    }
  }

  private interface Call {
    long run(long db, long timeoutMicros, long cancel, long function, long userData);
  }

  private void run(TaskOptions options, Call call) {
    try {
      long handle = db.handle();
      NativeProgress.run(options, (timeout, cancel, function, userData) -> call.run(handle, timeout, cancel, function, userData));
    } finally {
      Reference.reachabilityFence(db);
    }
  }
}
