package org.wombatdb.typed;

/** Bytes are not what a codec writes, or a value is not one that it can write. */
public final class CodecException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what is wrong
   */
  public CodecException(String message) {
    super(message);
  }

  /**
   * Makes one.
   *
   * @param message what is wrong
   * @param cause why
   */
  public CodecException(String message, Throwable cause) {
    super(message, cause);
  }
}
