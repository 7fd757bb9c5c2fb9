package org.wombatdb;

import java.lang.ref.Reference;

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
