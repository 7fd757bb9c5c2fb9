/// Table files of one database: opened on first use, removed when nothing refers to them any more.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "env/descriptor_cache.h"
#include "env/read_rings.h"
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

  /// The reader, opened when it is not. The caller is inside an epoch, which keeps it: it may be dropped, for others to
  /// have the memory, and opened again.
  Result<TableReader*> reader() {
    TableReader* const open = reader_if_open();
    if (open != nullptr) return open;
    return open_slow();
  }
  /// Null while it is not open. The same holds for it.
  TableReader* reader_if_open() const {
    if (is_unused_.load(std::memory_order_relaxed)) [[unlikely]]
      is_unused_.store(false, std::memory_order_relaxed);
    return reader_.load(std::memory_order_acquire);
  }
  /// The reader, kept for as long as the reference. For who is in no epoch.
  Result<TableReaderRef> hold();
  /// The same; null while it is not open.
  TableReaderRef hold_if_open() const;
  /// The file goes when this object does. Called when the edit that drops the table is durable.
  void mark_obsolete() { is_obsolete_.store(true, std::memory_order_release); }

 private:
  Result<TableReader*> open_slow();

  TableStore& store_;
  friend class TableStore;
  const std::vector<ValueFilePtr> values_;  // which stay as long as the table
  std::atomic<TableReader*> reader_{nullptr};
  mutable std::atomic<bool> is_unused_{false};  // since the store last came by
  std::atomic<bool> is_obsolete_{false};
  std::mutex mutex_;             // held while the file is opened
  size_t open_at_ = kNotListed;  // among the store's open tables; guarded by the store
  size_t open_bytes_ = 0;        // the same
  static constexpr size_t kNotListed = ~size_t{0};
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
        scan_ahead_(MemoryAccount(reader_options.memory.shared_budget(), MemoryCategory::kIterators)),
        reader_options_(with_own_parts(reader_options)),
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
  /// For reads that are issued together.
  ReadRings& read_rings() { return read_rings_; }
  /// What a scan reads ahead by itself at most, from now on; 0: nothing.
  void set_scan_window(size_t bytes) noexcept {
    scan_ahead_.window_max.store(bytes, std::memory_order_relaxed);
  }
  /// Closes tables that were not used for some time until what open ones hold fits into the memory they may have.
  void keep_within_memory() noexcept { drop_readers(nullptr); }
  bool drops_readers() const { return open_bytes_.load(std::memory_order_relaxed) != 0; }
  /// From now on tables that are opened may be closed again for others to have the memory.
  void let_readers_be_dropped() { may_drop_.store(true, std::memory_order_relaxed); }

 private:
  friend class OpenTable;
  MemoryBudget* memory() const { return reader_options_.memory.budget(); }
  bool may_drop_reader(size_t bytes) const;
  void list(OpenTable& table, size_t bytes);
  void unlist(OpenTable& table) noexcept;
  TableReader* take_unused(const OpenTable* wanted) noexcept;
  void drop_readers(const OpenTable* wanted) noexcept;
  TableReaderOptions with_own_parts(TableReaderOptions options) {
    options.pool = &pool_;
    options.scan_ahead = &scan_ahead_;
    return options;
  }
  void add_obsolete(uint64_t number) noexcept;

  Directory& directory_;
  DescriptorCache& descriptors_;
  const DatabaseId database_id_;
  DecompressorPool pool_;
  ScanAhead scan_ahead_;
  ReadRings read_rings_;
  const TableReaderOptions reader_options_;
  ValueStore* const values_;
  std::mutex removal_mutex_;  // held while files are removed
  std::mutex mutex_;
  std::vector<uint64_t> obsolete_;  // guarded by mutex_
  std::function<void()> listener_;  // guarded by mutex_
  // Readers that may be dropped, in a clock. The lock is taken last.
  std::atomic<bool> may_drop_{false};
  std::mutex open_mutex_;
  std::vector<OpenTable*> open_;       // guarded by open_mutex_
  size_t hand_ = 0;                    // guarded by open_mutex_
  std::atomic<size_t> open_bytes_{0};  // of those
};

}  // namespace wombat
