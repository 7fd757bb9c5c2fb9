#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>

#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "floor_engine.h"

namespace wombat::bench {
namespace {

void require_ok(const rocksdb::Status& status, const char* what) {
  if (!status.ok()) throw std::runtime_error(std::string("rocksdb ") + what + ": " + status.ToString());
}

/// Library defaults apart from what is set here.
rocksdb::Options make_options(const FloorSettings& settings) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.error_if_exists = true;
  options.write_buffer_size = settings.write_buffer_bytes;
  options.max_background_jobs = 2;
  options.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.block_cache = rocksdb::NewLRUCache(settings.cache_bytes);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

class FloorRocksdb final : public FloorEngine {
 public:
  explicit FloorRocksdb(const FloorSettings& settings) : settings_(settings) {}

  std::string version() const override { return "RocksDB " + rocksdb::GetRocksVersionAsString(); }
  void open(const std::string& directory) override {
    rocksdb::DB* opened = nullptr;
    require_ok(rocksdb::DB::Open(make_options(settings_), directory, &opened), "open");
    db_.reset(opened);
  }
  void close() override {
    require_ok(db_->Close(), "close");
    db_.reset();
  }

  void put_all(const KeySequence& keys, const ValueSource& values) override {
    const rocksdb::WriteOptions options;  // log on, sync off
    const size_t key_size = keys.key_size(), value_size = values.value_size(), count = keys.count();
    for (size_t i = 0; i < count; ++i) {
      const rocksdb::Status status = db_->Put(options, rocksdb::Slice(keys.key(i), key_size),
                                              rocksdb::Slice(values.value(i), value_size));
      if (!status.ok()) require_ok(status, "put");
    }
  }

  void settle() override {
    require_ok(db_->Flush(rocksdb::FlushOptions()), "flush");
    // 7.8 has no call that waits for compactions. Quiet twice in a row counts as quiet.
    for (int quiet = 0; quiet < 2; quiet = is_busy() ? 0 : quiet + 1)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  void compact() override {
    require_ok(db_->CompactRange(rocksdb::CompactRangeOptions(), nullptr, nullptr), "compact");
    settle();
  }

  size_t get_way_count() const override { return 2; }
  ReadSummary get_all(const KeySequence& keys, size_t way, size_t value_size) override {
    return way == 0 ? get_pinned(keys, value_size) : get_into_string(keys);
  }

  ReadSummary seek_all(const KeySequence& keys, unsigned step_count, bool reuse_iterator) override {
    ReadSummary summary;
    std::unique_ptr<rocksdb::Iterator> iterator;
    for (size_t i = 0; i < keys.count(); ++i) {
      if (!iterator || !reuse_iterator) iterator.reset(db_->NewIterator(read_options_));
      iterator->Seek(rocksdb::Slice(keys.key(i), keys.key_size()));
      for (unsigned step = 0; iterator->Valid(); ++step) {
        see(iterator->value(), &summary);
        if (step == step_count) break;
        iterator->Next();
      }
      if (!iterator->Valid()) require_ok(iterator->status(), "seek");
    }
    return summary;
  }

  ReadSummary scan_all(bool reverse) override {
    ReadSummary summary;
    const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator(read_options_));
    if (reverse) {
      for (iterator->SeekToLast(); iterator->Valid(); iterator->Prev()) see(iterator->value(), &summary);
    } else {
      for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) see(iterator->value(), &summary);
    }
    require_ok(iterator->status(), "scan");
    return summary;
  }

  std::string shape() override {
    std::string text;
    for (int level = 0; level < 7; ++level) {
      std::string count;
      db_->GetProperty("rocksdb.num-files-at-level" + std::to_string(level), &count);
      text += (level == 0 ? "files a level " : " ") + count;
    }
    return text;
  }

 private:
  bool is_busy() {
    for (const char* property : {"rocksdb.mem-table-flush-pending", "rocksdb.compaction-pending",
                                 "rocksdb.num-running-compactions", "rocksdb.num-running-flushes"}) {
      uint64_t value = 0;
      if (db_->GetIntProperty(property, &value) && value > 0) return true;
    }
    return false;
  }

  ReadSummary get_pinned(const KeySequence& keys, size_t value_size) {
    ReadSummary summary;
    std::vector<char> buffer(value_size + 1, 1);
    rocksdb::PinnableSlice value;
    rocksdb::ColumnFamilyHandle* const family = db_->DefaultColumnFamily();
    for (size_t i = 0; i < keys.count(); ++i) {
      value.Reset();
      const rocksdb::Status status =
          db_->Get(read_options_, family, rocksdb::Slice(keys.key(i), keys.key_size()), &value);
      if (status.ok()) {
        std::memcpy(buffer.data(), value.data(), value.size() < buffer.size() ? value.size() : buffer.size());
        ++summary.found;
        summary.digest += static_cast<unsigned char>(buffer[value.size() - 1]);
      } else if (!status.IsNotFound()) {
        require_ok(status, "get");
      }
    }
    return summary;
  }

  ReadSummary get_into_string(const KeySequence& keys) {
    ReadSummary summary;
    std::string value;
    for (size_t i = 0; i < keys.count(); ++i) {
      const rocksdb::Status status =
          db_->Get(read_options_, rocksdb::Slice(keys.key(i), keys.key_size()), &value);
      if (status.ok()) {
        ++summary.found;
        summary.digest += static_cast<unsigned char>(value.back());
      } else if (!status.IsNotFound()) {
        require_ok(status, "get");
      }
    }
    return summary;
  }

  static void see(const rocksdb::Slice& value, ReadSummary* summary) {
    ++summary->found;
    summary->digest += static_cast<unsigned char>(value[value.size() - 1]);
  }

  FloorSettings settings_;
  rocksdb::ReadOptions read_options_;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

std::unique_ptr<FloorEngine> make_floor_rocksdb(const FloorSettings& settings) {
  return std::make_unique<FloorRocksdb>(settings);
}

}  // namespace wombat::bench
