#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include "quiet_watch.h"
#include "store_catalog.h"

namespace wombat::bench {
namespace {

void require_ok(const leveldb::Status& status, const char* what) {
  if (!status.ok()) throw StoreFailure(std::string("leveldb ") + what + ": " + status.ToString());
}

leveldb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

class LeveldbCursor final : public StoreCursor {
 public:
  void renew(leveldb::DB* db) { iterator_.reset(db->NewIterator(leveldb::ReadOptions())); }
  void release() { iterator_.reset(); }

  bool first(StoreEntry* row) override {
    iterator_->SeekToFirst();
    return show(row);
  }
  bool last(StoreEntry* row) override {
    iterator_->SeekToLast();
    return show(row);
  }
  bool seek(std::string_view target, StoreEntry* row) override {
    iterator_->Seek(slice(target));
    return show(row);
  }
  bool next(StoreEntry* row) override {
    iterator_->Next();
    return show(row);
  }
  bool prev(StoreEntry* row) override {
    iterator_->Prev();
    return show(row);
  }

 private:
  bool show(StoreEntry* row) {
    if (!iterator_->Valid()) {
      require_ok(iterator_->status(), "iterate");
      return false;
    }
    const leveldb::Slice key = iterator_->key(), value = iterator_->value();
    *row = {{key.data(), key.size()}, {value.data(), value.size()}};
    return true;
  }
  std::unique_ptr<leveldb::Iterator> iterator_;
};

class LeveldbSession final : public StoreSession {
 public:
  LeveldbSession(leveldb::DB* db, bool sync) : db_(db) { write_options_.sync = sync; }

  void put(std::string_view key, std::string_view value) override {
    require_ok(db_->Put(write_options_, slice(key), slice(value)), "put");
  }
  void remove(std::string_view key) override {
    require_ok(db_->Delete(write_options_, slice(key)), "delete");
  }
  void put_batch(std::span<const StoreEntry> entries) override {
    batch_.Clear();
    for (const StoreEntry& entry : entries) batch_.Put(slice(entry.key), slice(entry.value));
    require_ok(db_->Write(write_options_, &batch_), "batch");
  }

  /// Get copies into a string, and that string is the caller's.
  bool get(std::string_view key, ReadBuffer* out) override {
    const leveldb::Status status = db_->Get(leveldb::ReadOptions(), slice(key), &out->memory);
    if (status.IsNotFound()) return false;
    require_ok(status, "get");
    out->value = out->memory;
    return true;
  }
  bool get_view(std::string_view, std::string_view*) override { throw StoreFailure("leveldb has no views"); }
  /// One get after another, without a snapshot, which would only add to the work.
  size_t multi_get(std::span<const std::string_view> keys, ReadBuffer*,
                   std::span<std::string_view> values) override {
    if (strings_.size() < keys.size()) strings_.resize(keys.size());
    size_t found = 0;
    for (size_t i = 0; i < keys.size(); ++i) {
      values[i] = {};
      const leveldb::Status status = db_->Get(leveldb::ReadOptions(), slice(keys[i]), &strings_[i]);
      if (status.IsNotFound()) continue;
      require_ok(status, "multi_get");
      values[i] = strings_[i];
      ++found;
    }
    return found;
  }

  StoreCursor& fresh_cursor() override {
    cursor_.renew(db_);
    return cursor_;
  }
  void release_cursor() override { cursor_.release(); }

 private:
  leveldb::DB* const db_;
  leveldb::WriteOptions write_options_;
  leveldb::WriteBatch batch_;
  std::vector<std::string> strings_;
  LeveldbCursor cursor_;
};

class LeveldbStore final : public Store {
 public:
  explicit LeveldbStore(StoreSettings settings) : settings_(std::move(settings)) {}
  ~LeveldbStore() override { db_.reset(); }

  std::string version() const override {
    return "LevelDB " + std::to_string(leveldb::kMajorVersion) + "." + std::to_string(leveldb::kMinorVersion);
  }
  bool has_views() const override { return false; }
  void open(const std::string& directory) override {
    cache_.reset(leveldb::NewLRUCache(settings_.cache_bytes));
    filter_.reset(leveldb::NewBloomFilterPolicy(10));
    leveldb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = settings_.write_buffer_bytes;
    options.max_open_files = 5000;
    options.block_cache = cache_.get();
    options.filter_policy = filter_.get();
    options.compression = leveldb::kNoCompression;
    leveldb::DB* opened = nullptr;
    require_ok(leveldb::DB::Open(options, directory, &opened), "open");
    db_.reset(opened);
  }
  void close() override { db_.reset(); }
  std::unique_ptr<StoreSession> new_session() override {
    return std::make_unique<LeveldbSession>(db_.get(), settings_.sync_writes);
  }
  /// There is no call for it, but a compaction of a range writes out the memtable first, whatever the range; this one is empty.
  void flush() override {
    const std::string behind_all_keys(16, '\xFF');
    const leveldb::Slice bound(behind_all_keys);
    db_->CompactRange(&bound, &bound);
  }
  double wait() override { return wait_until_quiet(); }

 private:
  StoreSettings settings_;
  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  std::unique_ptr<leveldb::DB> db_;
};

}  // namespace

std::unique_ptr<Store> make_leveldb_store(const StoreSettings& settings) {
  return std::make_unique<LeveldbStore>(settings);
}

}  // namespace wombat::bench
