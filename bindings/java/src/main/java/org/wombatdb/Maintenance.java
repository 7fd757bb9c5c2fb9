package org.wombatdb;

import java.io.ByteArrayOutputStream;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.Collection;

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
   * What was acknowledged before the call, to whatever keyspace, is durable when it returns.
   *
   * @param lower first key; null: no bound
   * @param upper last key; null: no bound
   */
  public void compactRange(byte[] lower, byte[] upper) {
    compactRange(lower, upper, TaskOptions.DEFAULT);
  }

  /**
   * Rewrites the keys of a range into the deepest level, dropping what was overwritten or deleted.
   * What was acknowledged before the call, to whatever keyspace, is durable when it returns.
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

  /**
   * Gives space of value files back, see {@link #reclaim(int, TaskOptions)}.
   *
   * @param deadPercent 0 to 100
   */
  public void reclaim(int deadPercent) {
    reclaim(deadPercent, TaskOptions.DEFAULT);
  }

  /**
   * Gives space of value files back, see option {@link OptionName#VALUE_LOG_THRESHOLD}: what is still needed of those of which
   * enough is dead is written again elsewhere, and they are removed as soon as nothing reads them. The database does this by
   * itself, too. What is overwritten counts as dead when a compaction has found it: for all of it call {@link #compactRange(byte[],
   * byte[])} before. About the whole database, whatever the keyspace.
   *
   * @param deadPercent how much of a file must be dead, 0 to 100
   * @param options how
   * @throws WombatException {@link Status#INVALID_ARGUMENT}; {@link Status#BUSY} while compactions are paused
   */
  public void reclaim(int deadPercent, TaskOptions options) {
    if (deadPercent < 0 || deadPercent > 100) {
      throw WombatException.invalid("a share of " + deadPercent + " percent; 0 to 100 are allowed");
    }
    run(options, (handle, timeout, cancel, function, userData) -> Raw.reclaim(handle, deadPercent, timeout, cancel, function,
        userData));
  }

  /**
   * Takes files of table builders into the database, as {@link #ingest(Collection, boolean, TaskOptions)} does, and leaves them
   * where they are.
   *
   * @param files the files
   */
  public void ingest(Collection<Path> files) {
    ingest(files, false, TaskOptions.DEFAULT);
  }

  /**
   * Takes files of {@link TableBuilder table builders} into the database, or into this keyspace, as one commit: all of them or
   * none. The entries replace what is there under their keys. Each file is checked in full and copied while everything goes on.
   * Durable when the call returns.
   *
   * @param files the files; the ranges of their keys must not overlap
   * @param removesFiles whether the files are removed when they have been taken in
   * @param options how
   * @throws WombatException {@link Status#INVALID_ARGUMENT} when the key ranges of two files overlap; {@link Status#CORRUPTION} for
   *     damage, and for what no builder made; {@link Status#MISSING_FILE}; {@link Status#CONFLICT} when a prepared transaction
   *     claims a key in the range of a file; {@link Status#BUSY} while compactions are paused and level 0 is full. The files are
   *     then as they were
   */
  public void ingest(Collection<Path> files, boolean removesFiles, TaskOptions options) {
    ByteArrayOutputStream paths = new ByteArrayOutputStream();
    for (Path file : files) {
      paths.writeBytes(Text.encode(file.toString(), "path"));
    }
    byte[] texts = paths.toByteArray();
    int count = files.size();
    try (BytesArgument argument = new BytesArgument(texts, null)) {
      run(options, (handle, timeout, cancel, function, userData) -> Raw.ingest(handle, argument.first(), count,
          removesFiles ? 1 : 0, timeout, cancel, function, userData));
    }
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
