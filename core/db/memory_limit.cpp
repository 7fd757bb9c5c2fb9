/// How a database stays within memory.limit: what everything takes is counted in one budget, frames and open tables give
/// way to the rest, and writers wait where only a flush can give memory back.
#include <algorithm>

#include "db/db.h"
#include "env/machine_memory.h"

namespace wombat {

namespace {

/// A memtable with less than this part of what all may take is not worth a table.
constexpr uint64_t kWorthFlushingPart = 16;
/// The log that is written, the next one, and one that is being sealed. Their ends that are mapped are the file's memory.
constexpr size_t kLogCount = 3;
constexpr size_t kLogBufferSize = 64 << 10;
/// Buffers of scans that are meant to fit into the part of iterators.
constexpr uint64_t kScanCount = 64;

std::string mebibytes(uint64_t bytes) { return std::to_string((bytes + (1 << 19)) >> 20) + " MiB"; }

}  // namespace

uint64_t Db::machine_memory(const Environment& environment) {
  return environment.memory_bytes != 0 ? environment.memory_bytes : usable_memory();
}

MemoryShares Db::memory_shares() const {
  std::lock_guard lock(options_mutex_);
  return memory_shares_;
}

void Db::use_plan(const MemoryPlan& plan) {
  effective_options_ = plan.options;
  memory_shares_ = plan.shares;
  settings_.load(effective_options_);
}

/// Cache and tables are there.
void Db::begin_memory() {
  use_shares();
  if (!is_read_only_) log_memory_.set(kLogCount * kLogBufferSize);
  memory_->set_relief([this] { relieve_memory(); });
}

void Db::use_shares() {
  const MemoryShares shares = memory_shares();
  memtable_bytes_max_.store(shares.memtable_bytes_max, std::memory_order_relaxed);
  memory_->set_limit(static_cast<size_t>(shares.limit_bytes));
  if (shares.derives_sizes) tables_->let_readers_be_dropped();
  memtable_blocks_->set_kept(static_cast<size_t>(shares.kept_bytes_max),
                             static_cast<size_t>(std::min<uint64_t>(shares.ahead_bytes_max, SIZE_MAX)));
  cache_->set_budget(static_cast<size_t>(setting(OptionId::kCacheSize)));
  const uint64_t wanted = static_cast<uint64_t>(setting(OptionId::kIoReadahead));
  const uint64_t granted = std::min<uint64_t>(shares.iterator_bytes_max / kScanCount, ScanAhead::kWindowMax);
  tables_->set_scan_window(static_cast<size_t>(std::min(wanted, granted)));
  if (memory_->is_exceeded()) relieve_memory();
}

/// More is in use than the limit allows. Called by any thread that takes memory, with locks of its own held.
void Db::relieve_memory() noexcept {
  tables_->keep_within_memory();
  cache_->keep_within_memory();
  if (memory_->is_exceeded()) memtable_blocks_->release_unused();
}

size_t Db::job_count_max() const { return compaction_threads_ + 1; }  // and one that flushes

size_t Db::readahead_for(size_t source_count, size_t wanted) const {
  const uint64_t share = memory_shares().iterator_bytes_max;
  const uint64_t used = memory_->used(MemoryCategory::kIterators);
  const uint64_t left = share > used ? share - used : 0;
  return static_cast<size_t>(std::min<uint64_t>(wanted, left / (2 * std::max<size_t>(source_count, 1))));
}

bool Db::memtables_are_tight() const {
  return memory_->used(MemoryCategory::kMemtables) > memtable_bytes_max_.load(std::memory_order_relaxed);
}

/// Of the memtables that are written to. Null: there is none with entries.
std::shared_ptr<Tree> Db::largest_memtable() const {
  std::lock_guard lock(mutex_);
  Tree* largest = nullptr;
  size_t bytes = 0;
  for (Tree* tree = writing_.first(); tree != nullptr; tree = writing_.next(*tree)) {
    if (!tree->has_entries() || tree->active_.memtable->memory_usage() <= bytes) continue;
    largest = tree;
    bytes = tree->active_.memtable->memory_usage();
  }
  return largest == nullptr ? nullptr : largest->shared_from_this();
}

Status Db::why_memory_is_short() const {
  std::string text = "memory.limit of " + mebibytes(memory_->limit()) + " is used up:";
  for (size_t i = 0; i < kMemoryCategoryCount; ++i) {
    const auto category = static_cast<MemoryCategory>(i);
    if (const size_t used = memory_->used(category); used != 0)
      text += std::string(" ") + memory_category_name(category) + " " + mebibytes(used) + ",";
  }
  text += " which iterators, pins and transactions keep: end some of them, or raise the limit";
  return Status(Code::kNoMemory, text);
}

/// All memtables together have more than their share: of many keyspaces, or because iterators keep those that are in
/// tables already. The largest are written to tables, and the writer waits for it. What readers keep nobody can give back;
/// the writer goes on as long as there is memory at all.
Status Db::make_memtable_room(const WriteRequest& request) {
  const uint64_t worth_bytes = memtable_bytes_max_.load(std::memory_order_relaxed) / kWorthFlushingPart;
  bool has_told = false;
  while (memtables_are_tight()) {
    memtable_blocks_->release_unused();
    process_epochs().reclaim();
    if (!memtables_are_tight()) break;
    {
      std::unique_lock lock(mutex_);
      if (!sealed_.is_empty()) {
        if (!has_told) {
          lock.unlock();
          queue_.turn_away_hasty();
          has_told = true;
          lock.lock();
        }
        WOMBAT_TRY(wait_a_moment(lock, request));
        continue;
      }
    }
    const std::shared_ptr<Tree> largest = largest_memtable();
    if (largest == nullptr || largest->active_.memtable->memory_usage() < worth_bytes) break;
    Tree* const full = largest.get();
    WOMBAT_TRY(switch_memtables(std::span<Tree* const>(&full, 1), nullptr));
  }
  const size_t shrinkable = memory_->used(MemoryCategory::kCache) + memory_->used(MemoryCategory::kIndexes);
  const size_t total = memory_->total();
  const bool is_used_up = total > shrinkable && total - shrinkable > memory_->usable();
  return is_used_up ? why_memory_is_short() : Status::ok();
}

}  // namespace wombat
