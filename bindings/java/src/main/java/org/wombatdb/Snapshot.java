package org.wombatdb;

import java.lang.ref.Reference;

/**
 * A view of a database as it was at one moment. While it is open, what it shows is kept, so close it. Any number of
 * threads may use it.
 */
public final class Snapshot implements AutoCloseable {
  private final NativeHandle handle;

  Snapshot(long handle) {
    this.handle = new NativeHandle(this, "snapshot", handle, Raw::snapshot_release);
  }

  /** {@return the commit timestamp that this snapshot shows; 0 when the database was closed} */
  public long timestamp() {
    try {
      return Raw.snapshot_timestamp(handle.shared());
    } finally {
      Reference.reachabilityFence(this);
    }
  }

  /** Lets go of the moment. The second and later calls do nothing. */
  @Override
  public void close() {
    handle.close();
  }

  long handle() {
    return handle.shared();
  }
}
