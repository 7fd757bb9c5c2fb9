/// How a call on a transaction finds it, and enters it.
#pragma once

#include "db/transaction.h"
#include "handles.h"
#include "request_options.h"

namespace wombat {

inline Status share_transaction(const wombat_txn* handle, std::shared_ptr<Transaction>* shared) {
  const EpochGuard guard(process_epochs());
  TransactionObject* object = nullptr;
  WOMBAT_TRY(resolve(handle, &object));
  *shared = object->known.lock();
  return *shared != nullptr ? Status::ok() : no_such_handle(handle, HandleTraits<TransactionObject>::kName);
}

/// Runs `call(Transaction&)` with the thread inside the transaction.
template <typename Call>
wombat_status in_transaction(wombat_txn* handle, wombat_error* error, Call call) {
  return guarded(error, [&] {
    std::shared_ptr<Transaction> transaction;
    WOMBAT_TRY(share_transaction(handle, &transaction));
    const Transaction::Entry entry(*transaction);
    WOMBAT_TRY(entry.check());
    return call(*transaction);
  });
}

/// Runs `call(Transaction&, Tree&)` for the keyspace that `keyspace` names.
template <typename Call>
wombat_status in_keyspace(wombat_txn* handle, wombat_db* keyspace, wombat_error* error, Call call) {
  return guarded(error, [&] {
    std::shared_ptr<Transaction> transaction;
    WOMBAT_TRY(share_transaction(handle, &transaction));
    SharedPlace place;  // only when it is not the transaction's own
    if (keyspace != nullptr) {
      WOMBAT_TRY(share_database(keyspace, &place));
      if (place.db.get() != &transaction->db())
        return Status::invalid_argument("the keyspace belongs to another database than the transaction");
    }
    const Transaction::Entry entry(*transaction);
    WOMBAT_TRY(entry.check());
    return call(*transaction, place.tree != nullptr ? *place.tree : transaction->home());
  });
}

inline Status read_key(const void* key, size_t key_size, Bytes* bytes) {
  WOMBAT_TRY(read_bytes(key, key_size, "key", bytes));
  return check_key_size(key_size);
}

}  // namespace wombat
