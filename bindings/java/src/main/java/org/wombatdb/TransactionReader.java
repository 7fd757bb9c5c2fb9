package org.wombatdb;

import java.lang.ref.Reference;

/** Point reads of a transaction. It has its own moment: the options say nothing. */
final class TransactionReader extends Reader {
  private final Transaction transaction;
  private final boolean isForUpdate;

  TransactionReader(Transaction transaction, boolean isForUpdate) {
    this.transaction = transaction;
    this.isForUpdate = isForUpdate;
  }

  @Override
  long read(long key, int keySize, long to, int room, ReadOptions options) {
    try {
      long handle = transaction.handle();
      long keyspace = transaction.keyspaceHandle();
      return WombatException.check(isForUpdate
          ? Raw.txn_get_for_update(handle, keyspace, key, keySize, to, room)
          : Raw.txn_get(handle, keyspace, key, keySize, to, room));
    } finally {
      Reference.reachabilityFence(transaction);
    }
  }

  @Override
  boolean exists(long key, int keySize, ReadOptions options) {
    try {
      return WombatException.check(
          Raw.txn_exists(transaction.handle(), transaction.keyspaceHandle(), key, keySize)) == 0;
    } finally {
      Reference.reachabilityFence(transaction);
    }
  }
}
