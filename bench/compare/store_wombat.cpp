#include <wombat.h>

#include "bench_database.h"
#include "store_catalog.h"

namespace wombat::bench {
namespace {

[[noreturn]] void fail(wombat_status status, const wombat_error& error, const char* what) {
  throw StoreFailure(std::string("wombat ") + what + ": " + wombat_status_name(status) + ": " +
                     error.message);
}

std::vector<std::string> all_options(const StoreSettings& settings) {
  std::vector<std::string> options = {"memtable.size=" + std::to_string(settings.write_buffer_bytes),
                                      "num_memtables=" + std::to_string(settings.write_buffer_count),
                                      "cache.size=" + std::to_string(settings.cache_bytes),
                                      "filter.bits_per_key=10",
                                      "compression.codec=none",
                                      std::string("wal.sync=") + (settings.sync_writes ? "always" : "os")};
  options.insert(options.end(), settings.wombat_options.begin(), settings.wombat_options.end());
  return options;
}

class WombatCursor final : public StoreCursor {
 public:
  void renew(wombat_db* db) {
    release();
    wombat_error error;
    wombat_iterator* created = nullptr;
    const wombat_status status = wombat_iterator_create(db, nullptr, &created, &error);
    if (status < 0) fail(status, error, "iterator");
    iterator_.reset(created);
  }
  void release() { iterator_.reset(); }

  bool first(StoreEntry* row) override { return move(wombat_iterator_first, row); }
  bool last(StoreEntry* row) override { return move(wombat_iterator_last, row); }
  bool next(StoreEntry* row) override { return move(wombat_iterator_next, row); }
  bool prev(StoreEntry* row) override { return move(wombat_iterator_prev, row); }
  bool seek(std::string_view target, StoreEntry* row) override {
    const void *key, *value;
    size_t key_size, value_size;
    wombat_error error;
    const wombat_status status = wombat_iterator_seek(iterator_.get(), target.data(), target.size(), &key,
                                                      &key_size, &value, &value_size, &error);
    return show(status, key, key_size, value, value_size, error, row);
  }

 private:
  template <typename Move>
  bool move(Move function, StoreEntry* row) {
    const void *key, *value;
    size_t key_size, value_size;
    wombat_error error;
    const wombat_status status = function(iterator_.get(), &key, &key_size, &value, &value_size, &error);
    return show(status, key, key_size, value, value_size, error, row);
  }
  static bool show(wombat_status status, const void* key, size_t key_size, const void* value,
                   size_t value_size, const wombat_error& error, StoreEntry* row) {
    if (status == WOMBAT_OK) {
      *row = {{static_cast<const char*>(key), key_size}, {static_cast<const char*>(value), value_size}};
      return true;
    }
    if (status < 0) fail(status, error, "iterate");
    return false;
  }

  IteratorHandle iterator_;
};

class WombatSession final : public StoreSession {
 public:
  WombatSession(wombat_db* db, bool locks) : db_(db) {
    if (locks) transaction_options_.flags = WOMBAT_TXN_PESSIMISTIC;
    wombat_error error;
    wombat_pin* pin = nullptr;
    wombat_batch* batch = nullptr;
    require(wombat_pin_create(&pin, &error), error, "pin");
    pin_.reset(pin);
    require(wombat_batch_create(&batch, &error), error, "batch");
    batch_.reset(batch);
  }

  void put(std::string_view key, std::string_view value) override {
    wombat_error error;
    const wombat_status status =
        wombat_put(db_, key.data(), key.size(), value.data(), value.size(), nullptr, &error);
    if (status < 0) fail(status, error, "put");
  }
  void remove(std::string_view key) override {
    wombat_error error;
    const wombat_status status = wombat_delete(db_, key.data(), key.size(), nullptr, &error);
    if (status < 0) fail(status, error, "delete");
  }
  void put_batch(std::span<const StoreEntry> entries) override {
    wombat_error error;
    wombat_status status = wombat_batch_clear(batch_.get(), &error);
    for (const StoreEntry& entry : entries) {
      if (status < 0) break;
      status = wombat_batch_put(batch_.get(), entry.key.data(), entry.key.size(), entry.value.data(),
                                entry.value.size(), &error);
    }
    if (status >= 0) status = wombat_write(db_, batch_.get(), nullptr, &error);
    if (status < 0) fail(status, error, "batch");
  }

  bool get(std::string_view key, ReadBuffer* out) override {
    wombat_error error;
    size_t size = 0;
    wombat_status status;
    while ((status = wombat_get(db_, key.data(), key.size(), nullptr, out->memory.data(), out->memory.size(),
                                &size, &error)) == WOMBAT_BUFFER_TOO_SMALL)
      out->memory.resize(size);
    if (status < 0) fail(status, error, "get");
    if (status != WOMBAT_OK) return false;
    out->value = std::string_view(out->memory.data(), size);
    return true;
  }
  bool get_view(std::string_view key, std::string_view* value) override {
    wombat_error error;
    const void* data = nullptr;
    size_t size = 0;
    const wombat_status status =
        wombat_get_pinned(db_, key.data(), key.size(), nullptr, pin_.get(), &data, &size, &error);
    if (status < 0) fail(status, error, "get");
    if (status != WOMBAT_OK) return false;
    *value = std::string_view(static_cast<const char*>(data), size);
    return true;
  }
  size_t multi_get(std::span<const std::string_view> keys, ReadBuffer* out,
                   std::span<std::string_view> values) override {
    const size_t count = keys.size();
    if (keys_.size() < count) {
      keys_.resize(count);
      key_sizes_.resize(count);
      found_.resize(count);
      sizes_.resize(count);
      statuses_.resize(count);
    }
    for (size_t i = 0; i < count; ++i) {
      keys_[i] = keys[i].data();
      key_sizes_[i] = keys[i].size();
    }
    wombat_error error;
    const wombat_status status =
        wombat_multi_get(db_, count, keys_.data(), key_sizes_.data(), nullptr, pin_.get(), found_.data(),
                         sizes_.data(), statuses_.data(), &error);
    if (status < 0) fail(status, error, "multi_get");
    size_t total = 0, found = 0;
    for (size_t i = 0; i < count; ++i)
      if (statuses_[i] == WOMBAT_OK) total += sizes_[i];
    if (out->memory.size() < total) out->memory.resize(total);
    char* to = out->memory.data();
    for (size_t i = 0; i < count; ++i) {
      values[i] = {};
      if (statuses_[i] != WOMBAT_OK) continue;
      if (sizes_[i] > 0) std::memcpy(to, found_[i], sizes_[i]);
      values[i] = std::string_view(to, sizes_[i]);
      to += sizes_[i];
      ++found;
    }
    return found;
  }

  bool transact(std::span<const std::string_view> reads, std::span<const StoreEntry> writes,
                std::span<ReadBuffer> values) override {
    wombat_error error;
    wombat_txn* txn = nullptr;
    wombat_status status = wombat_txn_begin(db_, &transaction_options_, &txn, &error);
    for (size_t i = 0; i < reads.size() && status >= 0; ++i)
      status = get_in(txn, reads[i], &values[i], &error);
    for (size_t i = 0; i < writes.size() && status >= 0; ++i)
      status = wombat_txn_put(txn, nullptr, writes[i].key.data(), writes[i].key.size(),
                              writes[i].value.data(), writes[i].value.size(), 0, &error);
    if (status >= 0) status = wombat_txn_commit(txn, nullptr, nullptr, &error);
    wombat_txn_destroy(txn);
    if (status == WOMBAT_CONFLICT || status == WOMBAT_DEADLOCK) return false;
    if (status < 0) fail(status, error, "transaction");
    return true;
  }

  StoreCursor& fresh_cursor() override {
    cursor_.renew(db_);
    return cursor_;
  }
  void release_cursor() override { cursor_.release(); }

 private:
  static wombat_status get_in(wombat_txn* txn, std::string_view key, ReadBuffer* out, wombat_error* error) {
    size_t size = 0;
    wombat_status status;
    while ((status = wombat_txn_get(txn, nullptr, key.data(), key.size(), out->memory.data(),
                                    out->memory.size(), &size, error)) == WOMBAT_BUFFER_TOO_SMALL)
      out->memory.resize(size);
    out->value = status == WOMBAT_OK ? std::string_view(out->memory.data(), size) : std::string_view();
    return status;
  }

  wombat_db* const db_;
  wombat_txn_options transaction_options_ = WOMBAT_TXN_OPTIONS_INIT;
  PinHandle pin_;
  BatchHandle batch_;
  WombatCursor cursor_;
  std::vector<const void*> keys_, found_;
  std::vector<size_t> key_sizes_, sizes_;
  std::vector<wombat_status> statuses_;
};

class WombatStore final : public Store {
 public:
  WombatStore(StoreSettings settings, bool locks) : settings_(std::move(settings)), locks_(locks) {}

  std::string version() const override {
    return std::string("Wombat ") + wombat_version_string() + (locks_ ? ", locking transactions" : "");
  }
  void open(const std::string& directory) override {
    database_ = std::make_unique<BenchDatabase>(directory, "default", all_options(settings_));
    database_->open();
  }
  void close() override {
    database_->close();
    database_.reset();
  }
  std::unique_ptr<StoreSession> new_session() override {
    return std::make_unique<WombatSession>(database_->get(), locks_);
  }
  void flush() override { database_->flush(); }
  double wait() override {
    database_->wait();
    return 0;
  }

 private:
  StoreSettings settings_;
  const bool locks_;
  std::unique_ptr<BenchDatabase> database_;
};

}  // namespace

std::unique_ptr<Store> make_wombat_store(const StoreSettings& settings) {
  return std::make_unique<WombatStore>(settings, false);
}
std::unique_ptr<Store> make_wombat_locking_store(const StoreSettings& settings) {
  return std::make_unique<WombatStore>(settings, true);
}

}  // namespace wombat::bench
