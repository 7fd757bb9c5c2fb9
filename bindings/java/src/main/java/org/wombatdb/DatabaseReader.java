package org.wombatdb;

import java.lang.ref.Reference;
import java.time.Instant;

/** Reads of a database by keys, at the moment that the options name. */
final class DatabaseReader extends Reader {
  private final Wombat db;

  DatabaseReader(Wombat db) {
    this.db = db;
  }

  @Override
  long read(long key, int keySize, long to, int room, ReadOptions options) {
    try {
      return WombatException.check(Raw.get(db.handle(), key, keySize, options.moment(), options.flags(), to, room));
    } finally {
      fence(options);
    }
  }

  @Override
  boolean exists(long key, int keySize, ReadOptions options) {
    try {
      return WombatException.check(Raw.exists(db.handle(), key, keySize, options.moment(), options.flags())) == 0;
    } finally {
      fence(options);
    }
  }

  Instant expiry(byte[] key, ReadOptions options) {
    try (NativeMemory memory = NativeMemory.take(key.length)) {
      memory.put(0, key, 0, key.length);
      return Moments.fromExpiry(WombatException.check(
          Raw.get_expiry(db.handle(), memory.address(), key.length, options.moment(), options.flags())));
    } finally {
      fence(options);
    }
  }

  /** A {@link MultiGet.LookUp}. */
  long multiGet(long keys, long keysSize, ReadOptions options, long buffer, long capacity, long used) {
    try {
      return Raw.multi_get_packed(db.handle(), keys, keysSize, options.moment(), options.flags(), options.timeoutMicros(),
          buffer, capacity, used);
    } finally {
      fence(options);
    }
  }

  /** Neither the database nor the snapshot may be collected, and so closed, while a call uses its handle. */
  private void fence(ReadOptions options) {
    Reference.reachabilityFence(db);
    Reference.reachabilityFence(options);
  }
}
