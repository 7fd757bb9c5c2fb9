// Transactions.
#include "kv/packed.h"
#include "merge_callback.h"
#include "request_options.h"
#include "transaction_call.h"

using namespace wombat;

namespace {

Status read_txn_options(const wombat_txn_options* options, const Db& db, TransactionSettings* settings) {
  *settings = Transaction::default_settings(db);
  if (options == nullptr) return Status::ok();
  wombat_txn_options known;
  WOMBAT_TRY(read_struct(options, "wombat_txn_options", &known));
  if ((known.flags & ~uint32_t{WOMBAT_TXN_READ_ONLY | WOMBAT_TXN_PESSIMISTIC}) != 0)
    return Status::unsupported("wombat_txn_options.flags has a bit that this version does not know");
  if (known.isolation < WOMBAT_ISOLATION_DEFAULT || known.isolation > WOMBAT_READ_COMMITTED) {
    return Status::invalid_argument(
        "wombat_txn_options.isolation is " + std::to_string(known.isolation) +
        "; expected WOMBAT_SERIALIZABLE, WOMBAT_SNAPSHOT or WOMBAT_READ_COMMITTED");
  }
  if (known.isolation != WOMBAT_ISOLATION_DEFAULT)
    settings->isolation = static_cast<Isolation>(known.isolation - WOMBAT_SERIALIZABLE);
  settings->is_read_only = (known.flags & WOMBAT_TXN_READ_ONLY) != 0;
  settings->is_pessimistic = (known.flags & WOMBAT_TXN_PESSIMISTIC) != 0;
  if (known.timeout_us == UINT64_MAX)
    settings->deadline.at_us = 0;
  else if (known.timeout_us != 0)
    settings->deadline = Deadline::after(db.clock().now_us(), known.timeout_us);
  if (known.lock_timeout_us != 0) settings->lock_timeout_us = known.lock_timeout_us;
  if (known.size_max != 0) settings->size_bytes_max = static_cast<size_t>(known.size_max);
  return Status::ok();
}

wombat_status get(wombat_txn* txn, wombat_db* keyspace, const void* key, size_t key_size, bool for_update,
                  void* buffer, size_t capacity, size_t* value_size, wombat_error* error) {
  if (value_size != nullptr) *value_size = 0;
  return in_keyspace(txn, keyspace, error, [&](Transaction& transaction, Tree& tree) {
    Bytes key_bytes;
    WOMBAT_TRY(read_key(key, key_size, &key_bytes));
    if (buffer == nullptr && capacity != 0)
      return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
    return transaction.get(tree, key_bytes, for_update, [&](Bytes value) {
      if (value_size != nullptr) *value_size = value.size();
      if (value.size() > capacity) return Status::outcome(Code::kBufferTooSmall);
      if (!value.empty()) std::memcpy(buffer, value.data(), value.size());
      return Status::ok();
    });
  });
}

void end_transaction(wombat_txn* handle) {
  auto* const object = static_cast<TransactionObject*>(end_handle(handle, HandleKind::kTransaction));
  if (object == nullptr) return;
  object->transaction->end_when_free();
  const std::shared_ptr<Transaction> last = std::move(object->transaction);
  retire_later(object);  // what is left is small, and transactions are many
}

Status begin(wombat_db* db, const wombat_txn_options* options, wombat_txn** txn) {
  SharedPlace place;
  TransactionSettings settings;
  WOMBAT_TRY(share_database(db, &place));
  WOMBAT_TRY(read_txn_options(options, *place.db, &settings));
  WOMBAT_ASSIGN(std::shared_ptr<Transaction> begun,
                Transaction::begin(std::move(place.db), std::move(place.tree), settings));
  publish(std::make_unique<TransactionObject>(std::move(begun)), txn);
  return Status::ok();
}

}  // namespace

wombat_status wombat_txn_begin(wombat_db* db, const wombat_txn_options* options, wombat_txn** txn,
                               wombat_error* error) {
  return guarded(error, [&] {
    if (txn == nullptr) return Status::invalid_argument("txn is NULL");
    *txn = nullptr;
    return begin(db, options, txn);
  });
}

wombat_status wombat_txn_get(wombat_txn* txn, wombat_db* keyspace, const void* key, size_t key_size,
                             void* buffer, size_t capacity, size_t* value_size, wombat_error* error) {
  return get(txn, keyspace, key, key_size, false, buffer, capacity, value_size, error);
}

wombat_status wombat_txn_get_for_update(wombat_txn* txn, wombat_db* keyspace, const void* key,
                                        size_t key_size, void* buffer, size_t capacity, size_t* value_size,
                                        wombat_error* error) {
  return get(txn, keyspace, key, key_size, true, buffer, capacity, value_size, error);
}

wombat_status wombat_txn_exists(wombat_txn* txn, wombat_db* keyspace, const void* key, size_t key_size,
                                wombat_error* error) {
  return in_keyspace(txn, keyspace, error, [&](Transaction& transaction, Tree& tree) {
    Bytes key_bytes;
    WOMBAT_TRY(read_key(key, key_size, &key_bytes));
    return transaction.get(tree, key_bytes, false, [](Bytes) { return Status::ok(); });
  });
}

wombat_status wombat_txn_multi_get_packed(wombat_txn* txn, wombat_db* keyspace, const void* keys,
                                          size_t keys_size, void* buffer, size_t capacity, size_t* used,
                                          size_t* done, wombat_error* error) {
  if (used != nullptr) *used = 0;
  if (done != nullptr) *done = 0;
  return in_keyspace(txn, keyspace, error, [&](Transaction& transaction, Tree& tree) {
    Bytes packed;
    WOMBAT_TRY(read_bytes(keys, keys_size, "keys", &packed));
    if (buffer == nullptr && capacity != 0)
      return Status::invalid_argument("buffer is NULL, but its capacity is not 0");
    Bytes key;
    PackedKeyReader checker(packed);
    while (checker.next(&key)) WOMBAT_TRY(check_key_size(key.size()));
    WOMBAT_TRY(checker.status());

    PackedKeyReader reader(packed);
    PackedResultWriter writer(buffer, capacity);
    while (reader.next(&key)) {
      size_t size_needed = 0;
      const auto add = [&](Code code, Bytes value) {
        if (writer.try_add(code, value)) return Status::ok();
        size_needed = PackedResultWriter::size_of(value);
        return Status::outcome(Code::kBufferTooSmall);
      };
      Status status = transaction.get(tree, key, false, [&](Bytes value) { return add(Code::kOk, value); });
      if (status.code() == Code::kNotFound) status = add(Code::kNotFound, Bytes());
      if (size_needed != 0) {
        if (writer.count() != 0) break;
        if (used != nullptr) *used = size_needed;
      }
      WOMBAT_TRY(status);
    }
    if (used != nullptr) *used = writer.size_bytes();
    if (done != nullptr) *done = writer.count();
    return Status::ok();
  });
}

wombat_status wombat_txn_iterator_create(wombat_txn* txn, wombat_db* keyspace,
                                         const wombat_iterator_options* options, wombat_iterator** iterator,
                                         wombat_error* error) {
  if (iterator != nullptr) *iterator = nullptr;
  return in_keyspace(txn, keyspace, error, [&](Transaction& transaction, Tree& tree) {
    if (iterator == nullptr) return Status::invalid_argument("iterator is NULL");
    IteratorSettings settings;
    RowParts parts = RowParts::kAll;
    {
      const EpochGuard guard(process_epochs());
      WOMBAT_TRY(read_iterator_options(guard, options, transaction.db(), &settings, &parts));
    }
    if (settings.snapshot != 0) {
      return Status::invalid_argument(
          "an iterator of a transaction shows what the transaction sees: its options may not name a "
          "snapshot");
    }
    WOMBAT_ASSIGN(std::unique_ptr<TransactionIterator> cursor, transaction.new_iterator(tree, settings));
    TransactionIterator& published = *cursor;
    publish(std::make_unique<IteratorObject>(std::move(cursor), parts), iterator);
    transaction.attach(published);
    return Status::ok();
  });
}

wombat_status wombat_txn_put(wombat_txn* txn, wombat_db* keyspace, const void* key, size_t key_size,
                             const void* value, size_t value_size, uint64_t ttl_ms, wombat_error* error) {
  return in_keyspace(txn, keyspace, error, [&](Transaction& transaction, Tree& tree) {
    Bytes key_bytes;
    Bytes value_bytes;
    WOMBAT_TRY(read_key(key, key_size, &key_bytes));
    WOMBAT_TRY(read_bytes(value, value_size, "value", &value_bytes));
    WOMBAT_TRY(check_value_size(value_size));
    const uint64_t expires_at_us =
        expiry_of_put(tree, ttl_ms == 0 ? std::nullopt : std::optional<uint64_t>(ttl_ms));
    if (expires_at_us == kNeverExpires) return transaction.set(tree, key_bytes, Kind::kPut, value_bytes);
    WOMBAT_TRY(check_value_size(value_size, kValueSizeMax - kExpirySize));
    return transaction.set(tree, key_bytes, Kind::kExpiringPut, with_expiry(expires_at_us, value_bytes));
  });
}

wombat_status wombat_txn_delete_range(wombat_txn* txn, wombat_db* keyspace, const void* lower,
                                      size_t lower_size, const void* upper, size_t upper_size,
                                      wombat_error* error) {
  return in_keyspace(txn, keyspace, error, [&](Transaction& transaction, Tree& tree) {
    Bytes from;
    Bytes to;
    bool has_upper = false;
    WOMBAT_TRY(read_range(lower, lower_size, upper, upper_size, &from, &to, &has_upper));
    return transaction.delete_range(tree, from, has_upper ? &to : nullptr);
  });
}

wombat_status wombat_txn_merge(wombat_txn* txn, wombat_db* keyspace, const char* operator_name,
                               const void* key, size_t key_size, const void* operand, size_t operand_size,
                               wombat_error* error) {
  return in_keyspace(txn, keyspace, error, [&](Transaction& transaction, Tree& tree) {
    Bytes name;
    Bytes key_bytes;
    Bytes operand_bytes;
    WOMBAT_TRY(read_operator_name(operator_name, &name));
    WOMBAT_TRY(read_key(key, key_size, &key_bytes));
    WOMBAT_TRY(read_bytes(operand, operand_size, "operand", &operand_bytes));
    WOMBAT_TRY(check_value_size(operand_size, kValueSizeMax - 1 - name.size()));
    WOMBAT_TRY(check_merge(*transaction.db().read_rules().operators, name, operand_bytes));
    return transaction.merge(tree, key_bytes, encode_merge(name, operand_bytes));
  });
}

wombat_status wombat_txn_delete(wombat_txn* txn, wombat_db* keyspace, const void* key, size_t key_size,
                                wombat_error* error) {
  return in_keyspace(txn, keyspace, error, [&](Transaction& transaction, Tree& tree) {
    Bytes key_bytes;
    WOMBAT_TRY(read_key(key, key_size, &key_bytes));
    return transaction.set(tree, key_bytes, Kind::kDelete, Bytes());
  });
}

wombat_status wombat_txn_set_savepoint(wombat_txn* txn, wombat_error* error) {
  return in_transaction(txn, error, [](Transaction& transaction) {
    transaction.set_savepoint();
    return Status::ok();
  });
}

wombat_status wombat_txn_rollback_to_savepoint(wombat_txn* txn, wombat_error* error) {
  return in_transaction(txn, error,
                        [](Transaction& transaction) { return transaction.rollback_to_savepoint(); });
}

wombat_status wombat_txn_release_savepoint(wombat_txn* txn, wombat_error* error) {
  return in_transaction(txn, error, [](Transaction& transaction) { return transaction.release_savepoint(); });
}

wombat_status wombat_txn_commit(wombat_txn* txn, const wombat_write_options* options, uint64_t* timestamp,
                                wombat_error* error) {
  if (timestamp != nullptr) *timestamp = 0;
  return in_transaction(txn, error, [&](Transaction& transaction) {
    WriteRequest request;
    WOMBAT_TRY(read_write_options(options, &request));
    Timestamp committed_at = 0;
    WOMBAT_TRY(transaction.commit(request, &committed_at));
    if (timestamp != nullptr) *timestamp = committed_at;
    return Status::ok();
  });
}

wombat_status wombat_txn_rollback(wombat_txn* txn, wombat_error* error) {
  return in_transaction(txn, error, [](Transaction& transaction) {
    transaction.rollback();
    return Status::ok();
  });
}

void wombat_txn_destroy(wombat_txn* txn) {
  guarded_free([&] { end_transaction(txn); });
}
