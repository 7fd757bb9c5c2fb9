#include "model/history_runner.h"

namespace wombat {

namespace {

struct TransactionOwner {
  wombat_txn* handle = nullptr;
  ~TransactionOwner() { wombat_txn_destroy(handle); }
};

}  // namespace

void HistoryRunner::write_to_transaction(wombat_txn* transaction, const ModelOperation& operation) {
  const Bytes key = operation.key;
  const Bytes value = operation.value;
  switch (operation.kind) {
    case ModelOperation::Kind::kPut:
      check("wombat_txn_put", wombat_txn_put(transaction, db_, key.data(), key.size(), value.data(),
                                             value.size(), operation.ticks * kTickMicros / 1000, &error_));
      break;
    case ModelOperation::Kind::kDelete:
      check("wombat_txn_delete", wombat_txn_delete(transaction, db_, key.data(), key.size(), &error_));
      break;
    case ModelOperation::Kind::kDeleteRange:
      check("wombat_txn_delete_range",
            wombat_txn_delete_range(transaction, db_, key.data(), key.size(),
                                    operation.has_end ? value.data() : nullptr,
                                    operation.has_end ? value.size() : 0, &error_));
      break;
    case ModelOperation::Kind::kMerge:
      check("wombat_txn_merge",
            wombat_txn_merge(transaction, db_, operation.merge_operator.c_str(), key.data(), key.size(),
                             value.data(), value.size(), &error_));
      break;
  }
}

/// The model has its writes already, and nobody else writes.
void HistoryRunner::read_in_transaction(wombat_txn* transaction) {
  std::string buffer(200 * 1024 + 1, '\0');
  for (uint64_t count = random_.below(6); count > 0; --count) {
    const std::string key = keys_.key(random_);
    size_t size = 0;
    const wombat_status status = wombat_txn_get(transaction, db_, key.data(), key.size(), buffer.data(),
                                                buffer.size(), &size, &error_);
    check("wombat_txn_get", status);
    const std::optional<std::string> expected = expected_value(key, ModelDatabase::kLatest);
    if (status == WOMBAT_BUFFER_TOO_SMALL) continue;
    require((status == WOMBAT_OK) == expected.has_value(), "a transaction is wrong about presence");
    if (expected) require_value("wombat_txn_get", key, Bytes(buffer).substr(0, size), *expected);
  }
  if (!random_.one_in(4)) return;
  const ModelRows rows = rows_here(ModelDatabase::kLatest);
  HeldIterator iterator{nullptr, ModelCursor(rows), false, ModelDatabase::kLatest, "of a transaction "};
  check("wombat_txn_iterator_create",
        wombat_txn_iterator_create(transaction, db_, nullptr, &iterator.handle, &error_));
  iterators_.push_back(iterator);
  walk(iterators_.back(), static_cast<int>(random_.below(60)));
  wombat_iterator_destroy(iterators_.back().handle);
  iterators_.pop_back();
}

/// Over one keyspace or several.
void HistoryRunner::write_in_transaction() {
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  options.timeout_us = UINT64_MAX;
  options.isolation = static_cast<int32_t>(1 + random_.below(3));
  if (random_.one_in(6)) options.flags |= WOMBAT_TXN_PESSIMISTIC;
  TransactionOwner transaction;
  check("wombat_txn_begin", wombat_txn_begin(db_, &options, &transaction.handle, &error_));
  const bool commits = !random_.one_in(6);
  std::vector<ModelOperation> all;
  for (uint64_t part = 1 + random_.below(2); part > 0; --part) {
    for (const ModelOperation& operation : random_rich_operations(10)) {
      write_to_transaction(transaction.handle, operation);
      for (ModelOperation& one : placed({operation})) all.push_back(std::move(one));
    }
    go_to(random_.below(spaces_.size()));
  }
  if (!commits) {
    check("wombat_txn_rollback", wombat_txn_rollback(transaction.handle, &error_));
    return;
  }
  const uint64_t before = model_.version();
  model_.apply(all);
  read_in_transaction(transaction.handle);
  const wombat_write_options how = random_write_options();
  uint64_t timestamp = 0;
  check("wombat_txn_commit", wombat_txn_commit(transaction.handle, &how, &timestamp, &error_));
  require((timestamp == 0) == all.empty() && model_.version() == before + 1, "a commit has a timestamp");
}

/// Nobody else writes until it is decided; but what else there is goes on.
void HistoryRunner::prepare() {
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  options.timeout_us = UINT64_MAX;
  std::vector<ModelOperation> all;
  {
    TransactionOwner transaction;
    check("wombat_txn_begin", wombat_txn_begin(db_, &options, &transaction.handle, &error_));
    for (const ModelOperation& operation : random_rich_operations(10)) {
      write_to_transaction(transaction.handle, operation);
      for (ModelOperation& one : placed({operation})) all.push_back(std::move(one));
    }
    check("wombat_txn_prepare", wombat_txn_prepare(transaction.handle, "prepared", &error_));
  }
  switch (random_.below(5)) {
    case 0:
      flush();
      break;
    case 1:
      reopen();
      break;
    case 2:
      compact();
      break;
    default:
      break;
  }
  if (random_.one_in(4)) {
    check("wombat_prepared_rollback", wombat_prepared_rollback(main_, "prepared", &error_));
    return;
  }
  model_.apply(all);
  check("wombat_prepared_commit", wombat_prepared_commit(main_, "prepared", nullptr, &error_));
}

}  // namespace wombat
