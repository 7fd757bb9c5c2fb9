#include <wiredtiger.h>

#include "quiet_watch.h"
#include "store_catalog.h"

namespace wombat::bench {
namespace {

void require_ok(int result, const char* what) {
  if (result != 0) throw StoreFailure(std::string("wiredtiger ") + what + ": " + wiredtiger_strerror(result));
}

WT_ITEM item(std::string_view bytes) {
  WT_ITEM made{};
  made.data = bytes.data();
  made.size = bytes.size();
  return made;
}
std::string_view view(const WT_ITEM& bytes) { return {static_cast<const char*>(bytes.data), bytes.size}; }

constexpr const char* kTable = "table:data";

/// A session of the engine with its one cursor.
class OpenCursor {
 public:
  explicit OpenCursor(WT_CONNECTION* connection) {
    require_ok(connection->open_session(connection, nullptr, nullptr, &session), "session");
    require_ok(session->open_cursor(session, kTable, nullptr, nullptr, &cursor), "cursor");
  }
  ~OpenCursor() { session->close(session, nullptr); }
  OpenCursor(const OpenCursor&) = delete;
  OpenCursor& operator=(const OpenCursor&) = delete;

  WT_SESSION* session = nullptr;
  WT_CURSOR* cursor = nullptr;
};

/// Rows of one moment: the cursor is read inside a snapshot transaction of a session of its own.
class WiredtigerCursor final : public StoreCursor {
 public:
  explicit WiredtigerCursor(WT_CONNECTION* connection) : open_(connection) {}
  void renew() {
    release();
    require_ok(open_.session->begin_transaction(open_.session, "isolation=snapshot"), "begin");
    is_live_ = true;
  }
  void release() {
    if (is_live_) open_.session->rollback_transaction(open_.session, nullptr);  // resets the cursor
    is_live_ = false;
  }

  bool first(StoreEntry* row) override {
    require_ok(open_.cursor->reset(open_.cursor), "reset");
    return next(row);
  }
  bool last(StoreEntry* row) override {
    require_ok(open_.cursor->reset(open_.cursor), "reset");
    return prev(row);
  }
  bool seek(std::string_view target, StoreEntry* row) override {
    WT_ITEM key = item(target);
    open_.cursor->set_key(open_.cursor, &key);
    int side = 0;
    const int result = open_.cursor->search_near(open_.cursor, &side);
    return result == 0 && side < 0 ? next(row) : show(result, row);
  }
  bool next(StoreEntry* row) override { return show(open_.cursor->next(open_.cursor), row); }
  bool prev(StoreEntry* row) override { return show(open_.cursor->prev(open_.cursor), row); }

 private:
  bool show(int result, StoreEntry* row) {
    if (result == WT_NOTFOUND) return false;
    require_ok(result, "iterate");
    WT_ITEM key, value;
    require_ok(open_.cursor->get_key(open_.cursor, &key), "key");
    require_ok(open_.cursor->get_value(open_.cursor, &value), "value");
    *row = {view(key), view(value)};
    return true;
  }

  OpenCursor open_;
  bool is_live_ = false;
};

class WiredtigerSession final : public StoreSession {
 public:
  explicit WiredtigerSession(WT_CONNECTION* connection) : open_(connection), scan_(connection) {}

  void put(std::string_view key, std::string_view value) override {
    int result;
    do {
      result = insert(key, value);
    } while (result == WT_ROLLBACK);  // another thread was writing the same key
    require_ok(result, "put");
  }
  void remove(std::string_view key) override {
    int result;
    do {
      WT_ITEM k = item(key);
      open_.cursor->set_key(open_.cursor, &k);
      result = open_.cursor->remove(open_.cursor);
    } while (result == WT_ROLLBACK);
    if (result != WT_NOTFOUND) require_ok(result, "delete");
  }
  void put_batch(std::span<const StoreEntry> entries) override {
    int result;
    do {
      require_ok(open_.session->begin_transaction(open_.session, nullptr), "begin");
      result = 0;
      for (const StoreEntry& entry : entries)
        if ((result = insert(entry.key, entry.value)) != 0) break;
      if (result == 0) {
        result = open_.session->commit_transaction(open_.session, nullptr);
      } else {
        open_.session->rollback_transaction(open_.session, nullptr);
      }
    } while (result == WT_ROLLBACK);
    require_ok(result, "batch");
  }

  bool get(std::string_view key, ReadBuffer* out) override {
    std::string_view value;
    if (!get_view(key, &value)) return false;
    out->copy(value.data(), value.size());
    return true;
  }
  bool get_view(std::string_view key, std::string_view* value) override {
    WT_ITEM k = item(key), v;
    open_.cursor->set_key(open_.cursor, &k);
    const int result = open_.cursor->search(open_.cursor);
    if (result == WT_NOTFOUND) return false;
    require_ok(result, "get");
    require_ok(open_.cursor->get_value(open_.cursor, &v), "value");
    *value = view(v);
    return true;
  }
  /// One search after another, without a transaction, which would only add to the work.
  size_t multi_get(std::span<const std::string_view> keys, ReadBuffer* out,
                   std::span<std::string_view> values) override {
    if (places_.size() < keys.size()) places_.resize(keys.size());
    size_t used = 0, found = 0;
    for (size_t i = 0; i < keys.size(); ++i) {
      places_[i] = {};
      std::string_view value;
      if (!get_view(keys[i], &value)) continue;
      if (out->memory.size() < used + value.size()) out->memory.resize((used + value.size()) * 2);
      std::memcpy(out->memory.data() + used, value.data(), value.size());
      places_[i] = {used, value.size(), true};
      used += value.size();
      ++found;
    }
    for (size_t i = 0; i < keys.size(); ++i)
      values[i] = places_[i].is_found
                      ? std::string_view(out->memory.data() + places_[i].offset, places_[i].size)
                      : std::string_view();
    return found;
  }

  StoreCursor& fresh_cursor() override {
    scan_.renew();
    return scan_;
  }
  void release_cursor() override {
    scan_.release();
    open_.cursor->reset(open_.cursor);
  }

 private:
  struct Place {
    size_t offset = 0;
    size_t size = 0;
    bool is_found = false;
  };

  int insert(std::string_view key, std::string_view value) {
    WT_ITEM k = item(key), v = item(value);
    open_.cursor->set_key(open_.cursor, &k);
    open_.cursor->set_value(open_.cursor, &v);
    return open_.cursor->insert(open_.cursor);  // replaces what is there
  }

  OpenCursor open_;
  WiredtigerCursor scan_;
  std::vector<Place> places_;
};

class WiredtigerStore final : public Store {
 public:
  WiredtigerStore(const StoreSettings& settings, bool lsm) : settings_(settings), lsm_(lsm) {}
  ~WiredtigerStore() override {
    if (connection_ != nullptr) connection_->close(connection_, nullptr);
  }

  std::string version() const override {
    int major, minor, patch;
    wiredtiger_version(&major, &minor, &patch);
    return "WiredTiger " + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch) +
           (lsm_ ? ", LSM tree" : ", B-tree");
  }
  void open(const std::string& directory) override {
    const size_t cache_bytes =
        settings_.cache_bytes + settings_.write_buffer_bytes * settings_.write_buffer_count;
    const std::string config =
        "create,cache_size=" + std::to_string(cache_bytes) +
        ",log=(enabled=true,file_max=256MB),transaction_sync=(enabled=true,method=" +
        (settings_.sync_writes ? "fsync" : "none") +
        "),checkpoint=(wait=60,log_size=512MB),eviction=(threads_min=1,threads_max=2),session_max=200";
    require_ok(wiredtiger_open(directory.c_str(), nullptr, config.c_str(), &connection_), "open");
    WT_SESSION* session = nullptr;
    require_ok(connection_->open_session(connection_, nullptr, nullptr, &session), "session");
    const std::string table =
        lsm_ ? "key_format=u,value_format=u,type=lsm,leaf_page_max=8KB,lsm=(chunk_size=" +
                   std::to_string(settings_.write_buffer_bytes) + ",bloom_bit_count=10,bloom_hash_count=7)"
             : "key_format=u,value_format=u,leaf_page_max=16KB,memory_page_max=10MB";
    const int result = session->create(session, kTable, table.c_str());
    session->close(session, nullptr);
    require_ok(result, "create");
  }
  void close() override {
    WT_CONNECTION* const connection = connection_;
    connection_ = nullptr;
    require_ok(connection->close(connection, nullptr), "close");
  }
  std::unique_ptr<StoreSession> new_session() override {
    return std::make_unique<WiredtigerSession>(connection_);
  }
  void flush() override {
    WT_SESSION* session = nullptr;
    require_ok(connection_->open_session(connection_, nullptr, nullptr, &session), "session");
    const int result = session->checkpoint(session, nullptr);
    session->close(session, nullptr);
    require_ok(result, "checkpoint");
  }
  double wait() override { return wait_until_quiet(); }

 private:
  StoreSettings settings_;
  const bool lsm_;
  WT_CONNECTION* connection_ = nullptr;
};

}  // namespace

std::unique_ptr<Store> make_wiredtiger_store(const StoreSettings& settings) {
  return std::make_unique<WiredtigerStore>(settings, false);
}
std::unique_ptr<Store> make_wiredtiger_lsm_store(const StoreSettings& settings) {
  return std::make_unique<WiredtigerStore>(settings, true);
}

}  // namespace wombat::bench
