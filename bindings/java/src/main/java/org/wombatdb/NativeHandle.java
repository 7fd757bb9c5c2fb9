package org.wombatdb;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * Owns one handle of the library until it is closed: by its user, or, when he forgot, by a cleaner that says so in the
 * log.
 *
 * <p>A database, a snapshot and a cancel handle may be closed while other threads use them: the library answers CLOSED.
 * The other objects may not. Their calls stand between {@link #enter} and {@link #leave}; a close that comes in between
 * is carried out by {@code leave}. Nobody waits for anybody.
 */
final class NativeHandle {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final int IN_USE = 1;
  private static final int CLOSED = 2;

  private final State state;
  private final Cleaner.Cleanable cleanable;

  /** {@code owner} is what users hold: when it becomes unreachable, {@code release} is called with the handle. */
  NativeHandle(Object owner, String what, long handle, LongConsumer release) {
    state = new State(what, handle, release);
    cleanable = CLEANER.register(owner, state);
  }

  /** The handle, for an object of any number of threads. */
  long shared() {
    if ((state.bits.getPlain() & CLOSED) != 0) {
      throw WombatException.closed(state.what);
    }
    return state.handle;
  }

  /** Begins a call of an object of one thread at a time. */
  long enter() {
    if (!state.bits.compareAndSet(0, IN_USE)) {
      throw refusal();
    }
    return state.handle;
  }

  void leave() {
    if (!state.bits.compareAndSet(IN_USE, 0)) {
      state.release.accept(state.handle);
    }
  }

  boolean isClosed() {
    return (state.bits.get() & CLOSED) != 0;
  }

  void checkOpen() {
    if (isClosed()) {
      throw WombatException.closed(state.what);
    }
  }

  /** The second and later calls do nothing. */
  void close() {
    state.isForgotten = false;
    cleanable.clean();
  }

  private RuntimeException refusal() {
    return isClosed()
        ? WombatException.closed(state.what)
        : new IllegalStateException("the " + state.what + " is in use by another thread; it serves one at a time");
  }

  /** What the cleaner keeps. It must not know the owner. */
  private static final class State implements Runnable {
    private final String what;
    private final long handle;
    private final LongConsumer release;
    private final AtomicInteger bits = new AtomicInteger();
    private volatile boolean isForgotten = true;

    State(String what, long handle, LongConsumer release) {
      this.what = what;
      this.handle = handle;
      this.release = release;
    }

    @Override
    public void run() {
      if (isForgotten) {
        Log.LIBRARY.log(System.Logger.Level.WARNING, "A {0} was never closed; the garbage collector closes it.", what);
      }
      int before = bits.getAndAccumulate(CLOSED, (old, closed) -> old | closed);
      if (before == 0) {
        release.accept(handle);
      }
    }
  }
}
