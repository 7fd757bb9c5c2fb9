package org.wombatdb;

import java.time.Duration;

/**
 * How a long call is done.
 *
 * @param timeout longest time, zero for no limit; then the call fails with {@link Status#TIMED_OUT} and the work goes on
 *     in the background
 * @param cancellation ends the call from another thread; null: nothing does
 * @param progress is told how far the call is; null: nobody is
 */
public record TaskOptions(Duration timeout, Cancellation cancellation, ProgressListener progress) {
  /** What calls without task options use. */
  public static final TaskOptions DEFAULT = new TaskOptions(Duration.ZERO, null, null);

  /**
   * Checks the components.
   *
   * @param timeout longest time, zero for no limit
   * @param cancellation ends the call from another thread; null: nothing does
   * @param progress is told how far the call is; null: nobody is
   */
  public TaskOptions {
    Durations.check(timeout);
  }

  /**
   * {@return these options with a longest time}
   *
   * @param timeout zero for no limit
   */
  public TaskOptions withTimeout(Duration timeout) {
    return new TaskOptions(timeout, cancellation, progress);
  }

  /**
   * {@return these options with a way to end the call}
   *
   * @param cancellation null: none
   */
  public TaskOptions withCancellation(Cancellation cancellation) {
    return new TaskOptions(timeout, cancellation, progress);
  }

  /**
   * {@return these options with a listener}
   *
   * @param progress null: none
   */
  public TaskOptions withProgress(ProgressListener progress) {
    return new TaskOptions(timeout, cancellation, progress);
  }
}
