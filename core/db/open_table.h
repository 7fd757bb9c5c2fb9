/// Table files of one database: opened on first use, removed when nothing refers to them any more.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "env/descriptor_cache.h"
#include "table/table_reader.h"
#include "version/version.h"
#include "vlog/value_store.h"

namespace wombat {

class TableStore;

/// A table of a version together with its reader. Any thread.
class OpenTable : public TableHandle {
 public:
  /// `values`: the value files that entries point into.
  OpenTable(TableInfo table_info, TableStore& store, std::vector<ValueFilePtr> values)
      : TableHandle(std::move(table_info)), store_(store), values_(std::move(values)) {}
  ~OpenTable() override;

  /// The reader, opened when this is the first use. Lives as long as this object.
  Result<TableReader*> reader() {
    TableReader* const open = reader_.load(std::memory_order_acquire);
    if (open != nullptr) return open;
    return open_slow();
  }
  /// Null while it has not been opened.
  TableReader* reader_if_open() const { return reader_.load(std::memory_order_acquire); }
  /// The file goes when this object does. Called when the edit that drops the table is durable.
  void mark_obsolete() { is_obsolete_.store(true, std::memory_order_release); }

 private:
  Result<TableReader*> open_slow();

  TableStore& store_;
  const std::vector<ValueFilePtr> values_;  // which stay as long as the table
  std::atomic<TableReader*> reader_{nullptr};
  std::atomic<bool> is_obsolete_{false};
  std::mutex mutex_;  // held while the file is opened
};

inline OpenTable& as_open(const TablePtr& table) { return static_cast<OpenTable&>(*table); }

/// Outlives its tables. Any thread.
class TableStore {
 public:
  /// `values` may be null when no table has some.
  TableStore(Directory& directory, DescriptorCache& descriptors, const DatabaseId& database_id,
             TableReaderOptions reader_options, ValueStore* values = nullptr)
      : directory_(directory),
        descriptors_(descriptors),
        database_id_(database_id),
        reader_options_(with_pool(reader_options)),
        values_(values) {}

  /// Of a table whose value files somebody holds.
  TablePtr make_handle(const TableInfo& info) {
    return std::make_shared<OpenTable>(info, *this, held_files(info));
  }
  /// The same of a table that was found in the manifest: its value files have to be there, as long as they were.
  Result<TablePtr> open_handle(const TableInfo& info);
  /// Those value files of a table that somebody holds.
  std::vector<ValueFilePtr> held_files(const TableInfo& info) const;
  Result<std::unique_ptr<TableReader>> open(const TableInfo& info);
  FileHeader header_of(uint64_t number, uint32_t incarnation) const;

  /// Removes the files of tables that have become unreachable. Failures are harmless: numbers are not reused,
  /// and the next open tries again. Those for whose names there is no memory wait for the next call. Returns
  /// when those are gone, too, that another caller has begun to remove.
  void remove_obsolete_files() noexcept;
  /// Called, from any thread, when there is something to remove.
  void set_obsolete_listener(std::function<void()> listener);
  Directory& directory() const { return directory_; }

 private:
  friend class OpenTable;
  TableReaderOptions with_pool(TableReaderOptions options) {
    options.pool = &pool_;
    return options;
  }
  void add_obsolete(uint64_t number) noexcept;

  Directory& directory_;
  DescriptorCache& descriptors_;
  const DatabaseId database_id_;
  DecompressorPool pool_;
  const TableReaderOptions reader_options_;
  ValueStore* const values_;
  std::mutex removal_mutex_;  // held while files are removed
  std::mutex mutex_;
  std::vector<uint64_t> obsolete_;  // guarded by mutex_
  std::function<void()> listener_;  // guarded by mutex_
};

}  // namespace wombat
