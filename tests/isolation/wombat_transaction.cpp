#include "isolation/wombat_transaction.h"

namespace wombat::isolation {

namespace {

constexpr size_t kBufferSize = 4096;
constexpr const char* kAppend = "append";

/// What a status means to the caller of a transaction.
CallResult result_of(wombat_status status, bool is_pessimistic) {
  if (status >= 0) return CallResult::kOk;
  if (status == WOMBAT_CONFLICT || status == WOMBAT_DEADLOCK) return CallResult::kConflict;
  return is_pessimistic && status == WOMBAT_TIMED_OUT ? CallResult::kConflict : CallResult::kFailed;
}

/// Of calls that are no error where there is nothing to do, and are only made where there is.
CallResult must_be_ok(wombat_status status) {
  return status == WOMBAT_OK ? CallResult::kOk : CallResult::kFailed;
}

class WombatTransaction : public Transaction {
 public:
  WombatTransaction(wombat_txn* txn, const WombatKeyspaces& keyspaces, bool is_pessimistic)
      : txn_(txn), keyspaces_(keyspaces), is_pessimistic_(is_pessimistic) {}
  ~WombatTransaction() override { wombat_txn_destroy(txn_); }

  CallResult get(const StoreKey& key, std::optional<std::string>* value) override {
    return get_with(wombat_txn_get, key, value);
  }

  CallResult get_for_update(const StoreKey& key, std::optional<std::string>* value) override {
    return get_with(wombat_txn_get_for_update, key, value);
  }

  CallResult put(const StoreKey& key, const std::string& value) override {
    return result(wombat_txn_put(txn_, keyspace(key), key.text.data(), key.text.size(), value.data(),
                                 value.size(), 0, &error_));
  }

  CallResult append(const StoreKey& key, const std::string& operand) override {
    return result(wombat_txn_merge(txn_, keyspace(key), kAppend, key.text.data(), key.text.size(),
                                   operand.data(), operand.size(), &error_));
  }

  CallResult remove(const StoreKey& key) override {
    return result(wombat_txn_delete(txn_, keyspace(key), key.text.data(), key.text.size(), &error_));
  }

  CallResult remove_range(const StoreKey& lower, const StoreKey& upper) override {
    return result(wombat_txn_delete_range(txn_, keyspace(lower), lower.text.data(), lower.text.size(),
                                          upper.text.data(), upper.text.size(), &error_));
  }

  CallResult range_read(const StoreKey& lower, const StoreKey& upper, std::vector<KeyValue>* rows) override {
    wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
    options.lower = lower.text.data();
    options.lower_size = lower.text.size();
    options.upper = upper.text.data();
    options.upper_size = upper.text.size();
    wombat_iterator* iterator = nullptr;
    wombat_status status = wombat_txn_iterator_create(txn_, keyspace(lower), &options, &iterator, &error_);
    if (status != WOMBAT_OK) return result(status);
    const void* key = nullptr;
    const void* value = nullptr;
    size_t key_size = 0;
    size_t value_size = 0;
    rows->clear();
    while ((status = wombat_iterator_next(iterator, &key, &key_size, &value, &value_size, &error_)) ==
           WOMBAT_OK)
      rows->emplace_back(std::string(static_cast<const char*>(key), key_size),
                         std::string(static_cast<const char*>(value), value_size));
    wombat_iterator_destroy(iterator);
    return result(status);
  }

  CallResult set_savepoint() override { return result(wombat_txn_set_savepoint(txn_, &error_)); }
  CallResult roll_back_to_savepoint() override {
    return must_be_ok(wombat_txn_rollback_to_savepoint(txn_, &error_));
  }
  CallResult release_savepoint() override { return must_be_ok(wombat_txn_release_savepoint(txn_, &error_)); }

  CallResult commit(uint64_t* timestamp) override {
    *timestamp = 0;
    return result(wombat_txn_commit(txn_, nullptr, timestamp, &error_));
  }

  void abort() override { wombat_txn_rollback(txn_, nullptr); }
  std::string error_text() const override { return describe(error_); }

 private:
  using Get = decltype(wombat_txn_get);

  CallResult get_with(Get* read, const StoreKey& key, std::optional<std::string>* value) {
    value->reset();
    std::string buffer(kBufferSize, '\0');
    size_t size = 0;
    wombat_status status = WOMBAT_BUFFER_TOO_SMALL;
    for (;;) {
      status = read(txn_, keyspace(key), key.text.data(), key.text.size(), buffer.data(), buffer.size(),
                    &size, &error_);
      if (status != WOMBAT_BUFFER_TOO_SMALL) break;
      buffer.resize(size);  // at read committed the value may grow in between
    }
    if (status == WOMBAT_OK) *value = buffer.substr(0, size);
    return result(status);
  }

  /// nullptr in the first one, so that this is tried as well.
  wombat_db* keyspace(const StoreKey& key) const {
    return key.keyspace == 0 ? nullptr : keyspaces_[key.keyspace];
  }
  CallResult result(wombat_status status) const { return result_of(status, is_pessimistic_); }

  wombat_txn* const txn_;
  const WombatKeyspaces& keyspaces_;
  const bool is_pessimistic_;
  wombat_error error_ = {};
};

class WombatBatch : public Transaction {
 public:
  WombatBatch(const WombatKeyspaces& keyspaces, wombat_batch* batch) : keyspaces_(keyspaces), batch_(batch) {}
  ~WombatBatch() override { wombat_batch_destroy(batch_); }

  CallResult get(const StoreKey&, std::optional<std::string>*) override { return CallResult::kFailed; }
  CallResult get_for_update(const StoreKey&, std::optional<std::string>*) override {
    return CallResult::kFailed;
  }
  CallResult range_read(const StoreKey&, const StoreKey&, std::vector<KeyValue>*) override {
    return CallResult::kFailed;
  }
  CallResult put(const StoreKey& key, const std::string& value) override {
    const wombat_status status = go_to(key);
    if (status != WOMBAT_OK) return result(status);
    return result(
        wombat_batch_put(batch_, key.text.data(), key.text.size(), value.data(), value.size(), &error_));
  }
  CallResult append(const StoreKey& key, const std::string& operand) override {
    const wombat_status status = go_to(key);
    if (status != WOMBAT_OK) return result(status);
    return result(wombat_batch_merge(batch_, kAppend, key.text.data(), key.text.size(), operand.data(),
                                     operand.size(), &error_));
  }
  CallResult remove(const StoreKey& key) override {
    const wombat_status status = go_to(key);
    if (status != WOMBAT_OK) return result(status);
    return result(wombat_batch_delete(batch_, key.text.data(), key.text.size(), &error_));
  }
  CallResult remove_range(const StoreKey& lower, const StoreKey& upper) override {
    const wombat_status status = go_to(lower);
    if (status != WOMBAT_OK) return result(status);
    return result(wombat_batch_delete_range(batch_, lower.text.data(), lower.text.size(), upper.text.data(),
                                            upper.text.size(), &error_));
  }
  CallResult set_savepoint() override { return result(wombat_batch_set_savepoint(batch_, &error_)); }
  CallResult roll_back_to_savepoint() override {
    return must_be_ok(wombat_batch_rollback_to_savepoint(batch_, &error_));
  }
  CallResult release_savepoint() override {
    return must_be_ok(wombat_batch_release_savepoint(batch_, &error_));
  }
  CallResult commit(uint64_t* timestamp) override {
    *timestamp = 0;
    return result(wombat_write(keyspaces_[0], batch_, nullptr, &error_));
  }
  void abort() override { wombat_batch_clear(batch_, nullptr); }
  std::string error_text() const override { return describe(error_); }

 private:
  wombat_status go_to(const StoreKey& key) {
    return wombat_batch_use_keyspace(batch_, key.keyspace == 0 ? nullptr : keyspaces_[key.keyspace], &error_);
  }
  static CallResult result(wombat_status status) { return result_of(status, false); }

  const WombatKeyspaces& keyspaces_;
  wombat_batch* const batch_;
  wombat_error error_ = {};
};

}  // namespace

std::unique_ptr<Transaction> make_wombat_transaction(wombat_txn* txn, const WombatKeyspaces& keyspaces,
                                                     bool is_pessimistic) {
  return std::make_unique<WombatTransaction>(txn, keyspaces, is_pessimistic);
}

std::unique_ptr<Transaction> make_wombat_batch(wombat_batch* batch, const WombatKeyspaces& keyspaces) {
  return std::make_unique<WombatBatch>(keyspaces, batch);
}

std::string describe(const wombat_error& error) {
  return std::string(wombat_status_name(error.status)) + ": " + error.message;
}

}  // namespace wombat::isolation
