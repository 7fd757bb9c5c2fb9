package org.wombatdb;

import java.nio.charset.StandardCharsets;

/** Brings the messages of databases to a listener: one thread waits for them, so that no thread of the library enters Java. */
final class Log {
  /** Where the binding itself says something. */
  static final System.Logger LIBRARY = System.getLogger("org.wombatdb");

  private static final int MESSAGE_SIZE_MAX = 64 * 1024;

  private final long queue;

  Log(LogListener listener) {
    queue = WombatException.check(Raw.log_create());
    Thread thread = new Thread(() -> run(queue, listener), "wombat-log");
    thread.setDaemon(true);
    thread.start();
  }

  /** Makes databases that are opened with these options write here. */
  void attach(long options) {
    WombatException.check(Raw.options_set_log(options, queue));
  }

  /** Ends the thread when it has delivered everything. The databases that write here must have been closed. */
  static void close(long queue) {
    if (queue != 0) {
      Raw.log_close(queue);
    }
  }

  long queue() {
    return queue;
  }

  private static void run(long queue, LogListener listener) {
    try (NativeMemory memory = NativeMemory.take(MESSAGE_SIZE_MAX)) {
      long size;
      while ((size = Raw.log_take(queue, memory.address(), MESSAGE_SIZE_MAX)) >= 0) {
        LogListener.Level level = LogListener.Level.of(memory.getInt(0));
        String message = new String(memory.get(4, (int) size - 4), StandardCharsets.UTF_8);
        try {
          listener.message(level, message);
        } catch (RuntimeException exception) {
          LIBRARY.log(System.Logger.Level.WARNING, "A log listener failed", exception);
        }
      }
    }
  }
}
