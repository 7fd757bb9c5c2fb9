package org.wombatdb;

import java.lang.ref.Reference;

/** Asks running long calls to stop, from any thread. It stays in force: calls that are given it later stop at once. */
public final class Cancellation implements AutoCloseable {
  private final NativeHandle handle;

  /** Makes one that has not been asked for yet. */
  public Cancellation() {
    handle = new NativeHandle(this, "cancellation", WombatException.check(Raw.cancel_create()), Raw::cancel_destroy);
  }

  /** Makes every call that was given this one fail soon with {@link Status#CANCELLED}. */
  public void request() {
    try {
      WombatException.check(Raw.cancel_request(handle.shared()));
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Frees it; calls that still use it go on unharmed. The second and later calls do nothing. */
  @Override
  public void close() {
    handle.close();
  }

  long handle() {
    return handle.shared();
  }
}
