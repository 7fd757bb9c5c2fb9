#include <lmdb.h>

#include "store_catalog.h"

namespace wombat::bench {
namespace {

void require_ok(int result, const char* what) {
  if (result != MDB_SUCCESS) throw StoreFailure(std::string("lmdb ") + what + ": " + mdb_strerror(result));
}

MDB_val val(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view view(const MDB_val& bytes) {
  return {static_cast<const char*>(bytes.mv_data), bytes.mv_size};
}

/// A read transaction that is renewed for each use, which is cheaper than a new one.
class ReadTransaction {
 public:
  explicit ReadTransaction(MDB_env* env) {
    require_ok(mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn_), "begin");
    mdb_txn_reset(txn_);
  }
  ~ReadTransaction() { mdb_txn_abort(txn_); }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  void renew() {
    release();
    require_ok(mdb_txn_renew(txn_), "renew");
    is_live_ = true;
  }
  void release() {
    if (is_live_) mdb_txn_reset(txn_);
    is_live_ = false;
  }
  MDB_txn* get() const { return txn_; }

 private:
  MDB_txn* txn_ = nullptr;
  bool is_live_ = false;
};

class LmdbCursor final : public StoreCursor {
 public:
  LmdbCursor(MDB_env* env, MDB_dbi table) : transaction_(env) {
    transaction_.renew();
    require_ok(mdb_cursor_open(transaction_.get(), table, &cursor_), "cursor");
    transaction_.release();
  }
  ~LmdbCursor() override { mdb_cursor_close(cursor_); }
  void renew() {
    transaction_.renew();
    require_ok(mdb_cursor_renew(transaction_.get(), cursor_), "cursor");
  }
  void release() { transaction_.release(); }

  bool first(StoreEntry* row) override { return move(MDB_FIRST, row); }
  bool last(StoreEntry* row) override { return move(MDB_LAST, row); }
  bool next(StoreEntry* row) override { return move(MDB_NEXT, row); }
  bool prev(StoreEntry* row) override { return move(MDB_PREV, row); }
  bool seek(std::string_view target, StoreEntry* row) override {
    MDB_val key = val(target), value;
    return show(mdb_cursor_get(cursor_, &key, &value, MDB_SET_RANGE), key, value, row);
  }

 private:
  bool move(MDB_cursor_op operation, StoreEntry* row) {
    MDB_val key, value;
    return show(mdb_cursor_get(cursor_, &key, &value, operation), key, value, row);
  }
  static bool show(int result, const MDB_val& key, const MDB_val& value, StoreEntry* row) {
    if (result == MDB_NOTFOUND) return false;
    require_ok(result, "iterate");
    *row = {view(key), view(value)};
    return true;
  }

  ReadTransaction transaction_;
  MDB_cursor* cursor_ = nullptr;
};

class LmdbSession final : public StoreSession {
 public:
  LmdbSession(MDB_env* env, MDB_dbi table) : env_(env), table_(table), reader_(env), cursor_(env, table) {}

  void put(std::string_view key, std::string_view value) override {
    write([&](MDB_txn* txn) {
      MDB_val k = val(key), v = val(value);
      return mdb_put(txn, table_, &k, &v, 0);
    });
  }
  void remove(std::string_view key) override {
    write([&](MDB_txn* txn) {
      MDB_val k = val(key);
      const int result = mdb_del(txn, table_, &k, nullptr);
      return result == MDB_NOTFOUND ? MDB_SUCCESS : result;
    });
  }
  void put_batch(std::span<const StoreEntry> entries) override {
    write([&](MDB_txn* txn) { return put_all(txn, entries); });
  }

  bool get(std::string_view key, ReadBuffer* out) override {
    std::string_view value;
    if (!get_view(key, &value)) return false;
    out->copy(value.data(), value.size());
    return true;
  }
  bool get_view(std::string_view key, std::string_view* value) override {
    reader_.renew();
    return look_up(key, value);
  }
  size_t multi_get(std::span<const std::string_view> keys, ReadBuffer* out,
                   std::span<std::string_view> values) override {
    reader_.renew();
    size_t total = 0, found = 0;
    for (size_t i = 0; i < keys.size(); ++i) {
      values[i] = {};
      if (look_up(keys[i], &values[i])) total += values[i].size(), ++found;
    }
    if (out->memory.size() < total) out->memory.resize(total);
    char* to = out->memory.data();
    for (std::string_view& value : values) {
      if (value.data() == nullptr) continue;
      std::memcpy(to, value.data(), value.size());
      value = std::string_view(to, value.size());
      to += value.size();
    }
    return found;
  }

  /// There is one transaction that writes at a time, so that it never meets a conflict.
  bool transact(std::span<const std::string_view> reads, std::span<const StoreEntry> writes,
                std::span<ReadBuffer> values) override {
    write([&](MDB_txn* txn) {
      for (size_t i = 0; i < reads.size(); ++i) {
        MDB_val k = val(reads[i]), v;
        const int result = mdb_get(txn, table_, &k, &v);
        values[i].value = {};
        if (result == MDB_SUCCESS) values[i].copy(v.mv_data, v.mv_size);
        if (result != MDB_SUCCESS && result != MDB_NOTFOUND) return result;
      }
      return put_all(txn, writes);
    });
    return true;
  }

  StoreCursor& fresh_cursor() override {
    cursor_.renew();
    return cursor_;
  }
  void release_cursor() override {
    cursor_.release();
    reader_.release();
  }

 private:
  int put_all(MDB_txn* txn, std::span<const StoreEntry> entries) {
    for (const StoreEntry& entry : entries) {
      MDB_val k = val(entry.key), v = val(entry.value);
      if (const int result = mdb_put(txn, table_, &k, &v, 0); result != MDB_SUCCESS) return result;
    }
    return MDB_SUCCESS;
  }
  bool look_up(std::string_view key, std::string_view* value) {
    MDB_val k = val(key), v;
    const int result = mdb_get(reader_.get(), table_, &k, &v);
    if (result == MDB_NOTFOUND) return false;
    require_ok(result, "get");
    *value = view(v);
    return true;
  }
  template <typename Body>
  void write(Body body) {
    reader_.release();  // a reader's old pages cannot be used again
    MDB_txn* txn = nullptr;
    require_ok(mdb_txn_begin(env_, nullptr, 0, &txn), "begin");
    if (const int result = body(txn); result != MDB_SUCCESS) {
      mdb_txn_abort(txn);
      require_ok(result, "write");
    }
    require_ok(mdb_txn_commit(txn), "commit");
  }

  MDB_env* const env_;
  const MDB_dbi table_;
  ReadTransaction reader_;
  LmdbCursor cursor_;
};

class LmdbStore final : public Store {
 public:
  explicit LmdbStore(const StoreSettings& settings) : settings_(settings) {}
  ~LmdbStore() override { mdb_env_close(env_); }

  std::string version() const override {
    int major, minor, patch;
    mdb_version(&major, &minor, &patch);
    return "LMDB " + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  }
  void open(const std::string& directory) override {
    constexpr size_t kMapSize = size_t{64} << 30;
    require_ok(mdb_env_create(&env_), "create");
    require_ok(mdb_env_set_mapsize(env_, kMapSize), "map size");
    const unsigned flags =
        MDB_NOTLS | MDB_NORDAHEAD | (settings_.sync_writes ? 0 : MDB_NOSYNC | MDB_WRITEMAP);
    require_ok(mdb_env_open(env_, directory.c_str(), flags, 0644), "open");
    MDB_txn* txn = nullptr;
    require_ok(mdb_txn_begin(env_, nullptr, 0, &txn), "begin");
    const int result = mdb_dbi_open(txn, nullptr, 0, &table_);
    if (result != MDB_SUCCESS) mdb_txn_abort(txn);
    require_ok(result, "open");
    require_ok(mdb_txn_commit(txn), "commit");
  }
  void close() override {
    mdb_env_close(env_);
    env_ = nullptr;
  }
  std::unique_ptr<StoreSession> new_session() override { return std::make_unique<LmdbSession>(env_, table_); }
  void flush() override { require_ok(mdb_env_sync(env_, 1), "sync"); }
  double wait() override { return 0; }  // it has no threads

 private:
  StoreSettings settings_;
  MDB_env* env_ = nullptr;
  MDB_dbi table_ = 0;
};

}  // namespace

std::unique_ptr<Store> make_lmdb_store(const StoreSettings& settings) {
  return std::make_unique<LmdbStore>(settings);
}

}  // namespace wombat::bench
