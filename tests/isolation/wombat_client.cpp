#include "isolation/wombat_client.h"

#include <stdexcept>

namespace wombat::isolation {

namespace {

static_assert(static_cast<int>(IsolationLevel::kSerializable) + 1 == WOMBAT_SERIALIZABLE);
static_assert(static_cast<int>(IsolationLevel::kSnapshot) + 1 == WOMBAT_SNAPSHOT);
static_assert(static_cast<int>(IsolationLevel::kReadCommitted) + 1 == WOMBAT_READ_COMMITTED);

constexpr size_t kBufferSize = 4096;

std::string describe(const wombat_error& error) {
  return std::string(wombat_status_name(error.status)) + ": " + error.message;
}

/// What a status means to the caller of a transaction.
CallResult result_of(wombat_status status, bool is_pessimistic) {
  if (status >= 0) return CallResult::kOk;
  if (status == WOMBAT_CONFLICT || status == WOMBAT_DEADLOCK) return CallResult::kConflict;
  return is_pessimistic && status == WOMBAT_TIMED_OUT ? CallResult::kConflict : CallResult::kFailed;
}

class WombatTransaction : public Transaction {
 public:
  WombatTransaction(wombat_txn* txn, bool is_pessimistic) : txn_(txn), is_pessimistic_(is_pessimistic) {}
  ~WombatTransaction() override { wombat_txn_destroy(txn_); }

  CallResult get(const std::string& key, std::optional<std::string>* value) override {
    value->reset();
    std::string buffer(kBufferSize, '\0');
    size_t size = 0;
    wombat_status status = get_once(key, &buffer, &size);
    while (status == WOMBAT_BUFFER_TOO_SMALL) {  // at read committed the value may grow in between
      buffer.resize(size);
      status = get_once(key, &buffer, &size);
    }
    if (status == WOMBAT_OK) *value = buffer.substr(0, size);
    return result(status);
  }

  CallResult put(const std::string& key, const std::string& value) override {
    return result(
        wombat_txn_put(txn_, nullptr, key.data(), key.size(), value.data(), value.size(), 0, &error_));
  }

  CallResult remove(const std::string& key) override {
    return result(wombat_txn_delete(txn_, nullptr, key.data(), key.size(), &error_));
  }

  CallResult remove_range(const std::string& lower, const std::string& upper) override {
    return result(wombat_txn_delete_range(txn_, nullptr, lower.data(), lower.size(), upper.data(),
                                          upper.size(), &error_));
  }

  CallResult range_read(const std::string& lower, const std::string& upper,
                        std::vector<KeyValue>* rows) override {
    wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
    options.lower = lower.data();
    options.lower_size = lower.size();
    options.upper = upper.data();
    options.upper_size = upper.size();
    wombat_iterator* iterator = nullptr;
    wombat_status status = wombat_txn_iterator_create(txn_, nullptr, &options, &iterator, &error_);
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

  CallResult commit(uint64_t* timestamp) override {
    *timestamp = 0;
    return result(wombat_txn_commit(txn_, nullptr, timestamp, &error_));
  }

  void abort() override { wombat_txn_rollback(txn_, nullptr); }
  std::string error_text() const override { return describe(error_); }

 private:
  wombat_status get_once(const std::string& key, std::string* buffer, size_t* size) {
    return wombat_txn_get(txn_, nullptr, key.data(), key.size(), buffer->data(), buffer->size(), size,
                          &error_);
  }
  CallResult result(wombat_status status) const { return result_of(status, is_pessimistic_); }

  wombat_txn* const txn_;
  const bool is_pessimistic_;
  wombat_error error_ = {};
};

class WombatBatch : public Transaction {
 public:
  WombatBatch(wombat_db* db, wombat_batch* batch) : db_(db), batch_(batch) {}
  ~WombatBatch() override { wombat_batch_destroy(batch_); }

  CallResult get(const std::string&, std::optional<std::string>*) override { return CallResult::kFailed; }
  CallResult range_read(const std::string&, const std::string&, std::vector<KeyValue>*) override {
    return CallResult::kFailed;
  }
  CallResult put(const std::string& key, const std::string& value) override {
    return result_of(wombat_batch_put(batch_, key.data(), key.size(), value.data(), value.size(), &error_),
                     false);
  }
  CallResult remove(const std::string& key) override {
    return result_of(wombat_batch_delete(batch_, key.data(), key.size(), &error_), false);
  }
  CallResult remove_range(const std::string& lower, const std::string& upper) override {
    return result_of(
        wombat_batch_delete_range(batch_, lower.data(), lower.size(), upper.data(), upper.size(), &error_),
        false);
  }
  CallResult commit(uint64_t* timestamp) override {
    *timestamp = 0;
    return result_of(wombat_write(db_, batch_, nullptr, &error_), false);
  }
  void abort() override { wombat_batch_clear(batch_, nullptr); }
  std::string error_text() const override { return describe(error_); }

 private:
  wombat_db* const db_;
  wombat_batch* const batch_;
  wombat_error error_ = {};
};

}  // namespace

WombatClient::WombatClient(const std::string& path, const WombatClientOptions& options) : options_(options) {
  wombat_error error = {};
  wombat_options* parsed = nullptr;
  wombat_status status = wombat_options_create(&parsed, &error);
  if (status == WOMBAT_OK) status = wombat_options_parse(parsed, options.text.c_str(), &error);
  if (status == WOMBAT_OK) status = wombat_open(path.c_str(), parsed, &db_, &error);
  wombat_options_destroy(parsed);
  if (status != WOMBAT_OK) throw std::runtime_error(describe(error));
}

WombatClient::~WombatClient() { wombat_close(db_, nullptr); }

std::unique_ptr<Transaction> WombatClient::begin(IsolationLevel level, TransactionKind kind,
                                                 std::string* failure) {
  if (kind == TransactionKind::kBatch) return begin_batch(failure);
  wombat_txn_options options = WOMBAT_TXN_OPTIONS_INIT;
  options.isolation = static_cast<int32_t>(level) + 1;  // 0: as the options of the database say
  options.lock_timeout_us = options_.lock_timeout_us;
  if (kind == TransactionKind::kReadOnly) options.flags |= WOMBAT_TXN_READ_ONLY;
  const bool is_pessimistic = options_.is_pessimistic && kind == TransactionKind::kReadWrite;
  if (is_pessimistic) options.flags |= WOMBAT_TXN_PESSIMISTIC;
  wombat_txn* txn = nullptr;
  wombat_error error = {};
  if (wombat_txn_begin(db_, &options, &txn, &error) == WOMBAT_OK)
    return std::make_unique<WombatTransaction>(txn, is_pessimistic);
  *failure = describe(error);
  return nullptr;
}

std::unique_ptr<Transaction> WombatClient::begin_batch(std::string* failure) {
  wombat_batch* batch = nullptr;
  wombat_error error = {};
  if (wombat_batch_create(&batch, &error) == WOMBAT_OK) return std::make_unique<WombatBatch>(db_, batch);
  *failure = describe(error);
  return nullptr;
}

}  // namespace wombat::isolation
