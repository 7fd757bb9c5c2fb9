package org.wombatdb;

import java.lang.ref.Reference;
import java.util.function.LongUnaryOperator;

/** Runs a long call and brings its reports of progress to the listener. */
final class NativeProgress {
  /** A long call of the raw layer. */
  interface Task {
    long run(long timeoutMicros, long cancel, long function, long userData);
  }

  static {
    NativeLibrary.load();
  }

  private final ProgressListener listener;
  private RuntimeException failure;

  private NativeProgress(ProgressListener listener) {
    this.listener = listener;
  }

  static long run(TaskOptions options, Task task) {
    long timeout = Durations.toMicros(options.timeout());
    long cancel = options.cancellation() == null ? 0 : options.cancellation().handle();
    try {
      if (options.progress() == null) {
        return WombatException.check(task.run(timeout, cancel, 0, 0));
      }
      NativeProgress progress = new NativeProgress(options.progress());
      long function = function();
      long result = run(userData -> task.run(timeout, cancel, function, userData), progress);
      if (progress.failure != null) {
        if (result < Constants.SHIM_NONE) {
          progress.failure.addSuppressed(WombatException.take(result));
        }
        throw progress.failure;
      }
      return WombatException.check(result);
    } finally {
      Reference.reachabilityFence(options);
    }
  }

  /** Called by the library. Throws nothing. */
  private boolean report(long done, long total) {
    try {
      return failure == null && listener.progress(done, total);
    } catch (RuntimeException exception) {
      failure = exception;
      return false;
    }
  }

  /** {@return the address of the C function that calls {@link #report}} */
  private static native long function();

  /** Calls {@code task} with the user data that belongs to {@link #function}. */
  private static native long run(LongUnaryOperator task, NativeProgress progress);
}
