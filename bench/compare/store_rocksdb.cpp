#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/optimistic_transaction_db.h>
#include <rocksdb/utilities/transaction.h>
#include <rocksdb/utilities/transaction_db.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <thread>

#include "store_catalog.h"

namespace wombat::bench {
namespace {

void require_ok(const rocksdb::Status& status, const char* what) {
  if (!status.ok()) throw StoreFailure(std::string("rocksdb ") + what + ": " + status.ToString());
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

rocksdb::Options make_options(const StoreSettings& settings, bool mapped) {
  constexpr size_t kBlockSize = 4096;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = settings.write_buffer_bytes;
  options.max_write_buffer_number = static_cast<int>(settings.write_buffer_count);
  options.max_background_jobs = 2;
  options.level_compaction_dynamic_level_bytes = true;
  options.max_open_files = -1;
  options.bytes_per_sync = 1 << 20;
  options.compaction_readahead_size = 2 << 20;
  options.compression = rocksdb::kNoCompression;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.allow_mmap_reads = mapped;
  rocksdb::BlockBasedTableOptions table;
  table.format_version = 5;
  table.block_size = kBlockSize;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  table.data_block_hash_table_util_ratio = 0.75;
  if (mapped) {
    table.no_block_cache = true;
  } else {
    const size_t block_bytes = std::max(kBlockSize, settings.entry_bytes);
    table.block_cache = rocksdb::HyperClockCacheOptions(settings.cache_bytes, block_bytes).MakeSharedCache();
    table.pin_l0_filter_and_index_blocks_in_cache = true;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

/// Values from 1 KiB on are blobs; what is cached shares the memory of the block cache. HyperClockCache wants to know how large its
/// entries are, which blobs and blocks differ in.
rocksdb::Options make_blob_options(const StoreSettings& settings) {
  rocksdb::Options options = make_options(settings, false);
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(settings.cache_bytes);
  options.table_factory->GetOptions<rocksdb::BlockBasedTableOptions>()->block_cache = cache;
  options.blob_cache = cache;
  options.enable_blob_files = true;
  options.min_blob_size = 1024;
  options.enable_blob_garbage_collection = true;
  return options;
}

class RocksdbCursor final : public StoreCursor {
 public:
  void renew(rocksdb::DB* db, const rocksdb::ReadOptions& options) {
    iterator_.reset(db->NewIterator(options));
  }
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
    const rocksdb::Slice key = iterator_->key(), value = iterator_->value();
    *row = {{key.data(), key.size()}, {value.data(), value.size()}};
    return true;
  }
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class RocksdbSession : public StoreSession {
 public:
  RocksdbSession(rocksdb::DB* db, bool sync, bool mapped) : db_(db), family_(db->DefaultColumnFamily()) {
    write_options_.sync = sync;
    read_options_.verify_checksums = !mapped;
  }

  void put(std::string_view key, std::string_view value) override {
    require_ok(db_->Put(write_options_, slice(key), slice(value)), "put");
  }
  void remove(std::string_view key) override {
    require_ok(db_->Delete(write_options_, slice(key)), "delete");
  }
  void put_batch(std::span<const StoreEntry> entries) override {
    batch_.Clear();
    for (const StoreEntry& entry : entries)
      require_ok(batch_.Put(slice(entry.key), slice(entry.value)), "batch");
    require_ok(db_->Write(write_options_, &batch_), "batch");
  }

  bool get(std::string_view key, ReadBuffer* out) override {
    std::string_view value;
    if (!get_view(key, &value)) return false;
    out->copy(value.data(), value.size());
    return true;
  }
  bool get_view(std::string_view key, std::string_view* value) override {
    pinned_.Reset();
    const rocksdb::Status status = db_->Get(read_options_, family_, slice(key), &pinned_);
    if (status.IsNotFound()) return false;
    require_ok(status, "get");
    *value = std::string_view(pinned_.data(), pinned_.size());
    return true;
  }
  size_t multi_get(std::span<const std::string_view> keys, ReadBuffer* out,
                   std::span<std::string_view> values) override {
    const size_t count = keys.size();
    if (keys_.size() < count) {
      keys_.resize(count);
      statuses_.resize(count);
      many_ = std::vector<rocksdb::PinnableSlice>(count);
    }
    size_t total = 0, found = 0;
    for (size_t i = 0; i < count; ++i) {
      keys_[i] = slice(keys[i]);
      many_[i].Reset();
    }
    db_->MultiGet(read_options_, family_, count, keys_.data(), many_.data(), statuses_.data());
    for (size_t i = 0; i < count; ++i)
      if (statuses_[i].ok()) total += many_[i].size();
    if (out->memory.size() < total) out->memory.resize(total);
    char* to = out->memory.data();
    for (size_t i = 0; i < count; ++i) {
      values[i] = {};
      if (statuses_[i].IsNotFound()) continue;
      require_ok(statuses_[i], "multi_get");
      std::memcpy(to, many_[i].data(), many_[i].size());
      values[i] = std::string_view(to, many_[i].size());
      to += many_[i].size();
      ++found;
    }
    return found;
  }

  StoreCursor& fresh_cursor() override {
    cursor_.renew(db_, read_options_);
    return cursor_;
  }
  void release_cursor() override { cursor_.release(); }

 protected:
  rocksdb::DB* const db_;
  rocksdb::ColumnFamilyHandle* const family_;
  rocksdb::WriteOptions write_options_;
  rocksdb::ReadOptions read_options_;
  rocksdb::PinnableSlice pinned_;

 private:
  rocksdb::WriteBatch batch_;
  std::vector<rocksdb::Slice> keys_;
  std::vector<rocksdb::PinnableSlice> many_;
  std::vector<rocksdb::Status> statuses_;
  RocksdbCursor cursor_;
};

/// Transactions of an OptimisticTransactionDB or a TransactionDB. Reads are for update, or it would not look whether they are
/// still true; without a snapshot, which costs more and would make nothing serializable that is not.
template <typename Database, typename Options>
class RocksdbTransactionSession final : public RocksdbSession {
 public:
  RocksdbTransactionSession(Database* db, bool sync, const Options& options)
      : RocksdbSession(db, sync, false), transactions_(*db), options_(options) {}

  bool transact(std::span<const std::string_view> reads, std::span<const StoreEntry> writes,
                std::span<ReadBuffer> values) override {
    const bool is_first = transaction_ == nullptr;
    rocksdb::Transaction* const begun =
        transactions_.BeginTransaction(write_options_, options_, transaction_.get());
    if (is_first) transaction_.reset(begun);
    const rocksdb::Status status = read_and_write(reads, writes, values);
    if (status.ok()) return true;
    require_ok(transaction_->Rollback(), "rollback");
    if (!status.IsBusy() && !status.IsTimedOut() && !status.IsTryAgain()) require_ok(status, "transaction");
    return false;
  }

 private:
  rocksdb::Status read_and_write(std::span<const std::string_view> reads, std::span<const StoreEntry> writes,
                                 std::span<ReadBuffer> values) {
    constexpr bool kExclusive = false;  // others may read it as well
    for (size_t i = 0; i < reads.size(); ++i) {
      pinned_.Reset();
      const rocksdb::Status status =
          transaction_->GetForUpdate(read_options_, family_, slice(reads[i]), &pinned_, kExclusive);
      values[i].value = {};
      if (status.ok()) values[i].copy(pinned_.data(), pinned_.size());
      if (!status.ok() && !status.IsNotFound()) return status;
    }
    for (const StoreEntry& entry : writes) {
      const rocksdb::Status status = transaction_->Put(family_, slice(entry.key), slice(entry.value));
      if (!status.ok()) return status;
    }
    return transaction_->Commit();
  }

  Database& transactions_;
  const Options options_;
  std::unique_ptr<rocksdb::Transaction> transaction_;  // used again and again
};

class RocksdbStore : public Store {
 public:
  RocksdbStore(StoreSettings settings, bool mapped) : settings_(std::move(settings)), mapped_(mapped) {}

  std::string version() const override {
    return "RocksDB " + rocksdb::GetRocksVersionAsString() + (mapped_ ? ", tables mapped" : "");
  }
  void open(const std::string& directory) override {
    rocksdb::DB* opened = nullptr;
    require_ok(rocksdb::DB::Open(make_options(settings_, mapped_), directory, &opened), "open");
    db_.reset(opened);
  }
  void close() override {
    require_ok(db_->Close(), "close");
    db_.reset();
  }
  std::unique_ptr<StoreSession> new_session() override {
    return std::make_unique<RocksdbSession>(db_.get(), settings_.sync_writes, mapped_);
  }
  void flush() override { require_ok(db_->Flush(rocksdb::FlushOptions()), "flush"); }
  double wait() override {
    // 7.8 has no call that waits for compactions. Quiet twice in a row counts as quiet.
    constexpr auto kPause = std::chrono::milliseconds(5);
    for (int quiet = 0; quiet < 2; quiet = is_busy() ? 0 : quiet + 1) std::this_thread::sleep_for(kPause);
    return 2 * std::chrono::duration<double>(kPause).count();
  }

 protected:
  StoreSettings settings_;
  std::unique_ptr<rocksdb::DB> db_;

 private:
  bool is_busy() {
    for (const char* property : {"rocksdb.mem-table-flush-pending", "rocksdb.compaction-pending",
                                 "rocksdb.num-running-compactions", "rocksdb.num-running-flushes"}) {
      uint64_t value = 0;
      if (db_->GetIntProperty(property, &value) && value > 0) return true;
    }
    return false;
  }

  const bool mapped_;
};

class RocksdbBlobStore final : public RocksdbStore {
 public:
  explicit RocksdbBlobStore(const StoreSettings& settings) : RocksdbStore(settings, false) {}
  std::string version() const override { return RocksdbStore::version() + ", BlobDB"; }
  void open(const std::string& directory) override {
    rocksdb::DB* opened = nullptr;
    require_ok(rocksdb::DB::Open(make_blob_options(settings_), directory, &opened), "open");
    db_.reset(opened);
  }
};

class RocksdbOptimisticStore final : public RocksdbStore {
 public:
  explicit RocksdbOptimisticStore(const StoreSettings& settings) : RocksdbStore(settings, false) {}
  std::string version() const override { return RocksdbStore::version() + ", OptimisticTransactionDB"; }
  void open(const std::string& directory) override {
    require_ok(
        rocksdb::OptimisticTransactionDB::Open(make_options(settings_, false), directory, &transactions_),
        "open");
    db_.reset(transactions_);
  }
  std::unique_ptr<StoreSession> new_session() override {
    using Session =
        RocksdbTransactionSession<rocksdb::OptimisticTransactionDB, rocksdb::OptimisticTransactionOptions>;
    return std::make_unique<Session>(transactions_, settings_.sync_writes,
                                     rocksdb::OptimisticTransactionOptions());
  }

 private:
  rocksdb::OptimisticTransactionDB* transactions_ = nullptr;
};

class RocksdbLockingStore final : public RocksdbStore {
 public:
  explicit RocksdbLockingStore(const StoreSettings& settings) : RocksdbStore(settings, false) {}
  std::string version() const override { return RocksdbStore::version() + ", TransactionDB"; }
  void open(const std::string& directory) override {
    require_ok(rocksdb::TransactionDB::Open(make_options(settings_, false), rocksdb::TransactionDBOptions(),
                                            directory, &transactions_),
               "open");
    db_.reset(transactions_);
  }
  std::unique_ptr<StoreSession> new_session() override {
    rocksdb::TransactionOptions options;
    options.deadlock_detect = true;  // only looked for when somebody has to wait
    using Session = RocksdbTransactionSession<rocksdb::TransactionDB, rocksdb::TransactionOptions>;
    return std::make_unique<Session>(transactions_, settings_.sync_writes, options);
  }

 private:
  rocksdb::TransactionDB* transactions_ = nullptr;
};

}  // namespace

std::unique_ptr<Store> make_rocksdb_store(const StoreSettings& settings) {
  return std::make_unique<RocksdbStore>(settings, false);
}
std::unique_ptr<Store> make_rocksdb_mapped_store(const StoreSettings& settings) {
  return std::make_unique<RocksdbStore>(settings, true);
}
std::unique_ptr<Store> make_rocksdb_blob_store(const StoreSettings& settings) {
  return std::make_unique<RocksdbBlobStore>(settings);
}
std::unique_ptr<Store> make_rocksdb_optimistic_store(const StoreSettings& settings) {
  return std::make_unique<RocksdbOptimisticStore>(settings);
}
std::unique_ptr<Store> make_rocksdb_locking_store(const StoreSettings& settings) {
  return std::make_unique<RocksdbLockingStore>(settings);
}

}  // namespace wombat::bench
