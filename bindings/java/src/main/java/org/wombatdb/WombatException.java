package org.wombatdb;

import java.nio.charset.StandardCharsets;

/** A call failed. What is absent is no failure: {@code get} returns null then. */
public final class WombatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What failed. */
  private final Status status;

  /** Of the system call that failed, or 0. */
  private final int osError;

  /** Whether the same call may succeed later. */
  private final boolean isRetryable;

  WombatException(Status status, int osError, boolean isRetryable, String message) {
    super(status + ": " + message);
    this.status = status;
    this.osError = osError;
    this.isRetryable = isRetryable;
  }

  /** {@return what failed} */
  public Status status() {
    return status;
  }

  /** {@return {@code errno} of the system call that failed, or 0} */
  public int osError() {
    return osError;
  }

  /** {@return whether the same call may succeed later without anything being repaired} */
  public boolean isRetryable() {
    return isRetryable;
  }

  static WombatException closed(String what) {
    return new WombatException(Status.CLOSED, 0, false, "the " + what + " was closed");
  }

  static WombatException invalid(String message) {
    return new WombatException(Status.INVALID_ARGUMENT, 0, false, message);
  }

  /** Passes on the result of a raw call; throws when it is a failure. */
  static long check(long result) {
    if (result < Constants.SHIM_NONE) {
      throw take(result);
    }
    return result;
  }

  /** {@return the exception for the result of a raw call that is a failure} */
  static WombatException take(long failure) {
    try (NativeMemory memory = NativeMemory.take(Constants.SHIM_ERROR_SIZE)) {
      Raw.take_error(failure, memory.address());
      byte[] text = memory.get(16, Constants.SHIM_ERROR_SIZE - 16);
      int length = 0;
      while (length < text.length && text[length] != 0) {
        ++length;
      }
      String message = new String(text, 0, length, StandardCharsets.UTF_8);
      return new WombatException(Status.of(memory.getInt(0)), memory.getInt(4), memory.getInt(8) != 0, message);
    }
  }
}
