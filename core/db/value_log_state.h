/// What a database remembers of its value files beyond the files themselves.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "db/running_jobs.h"
#include "db/space_ceiling.h"
#include "db/values_to_move.h"
#include "vlog/value_appender.h"
#include "vlog/value_store.h"

namespace wombat {

struct ValueLogState {
  /// What one file may grow to at most: of a small database less than `wanted`, because nothing of a file that grows can be
  /// reclaimed.
  uint64_t file_size_max(int64_t wanted, const SpaceCeiling& space) const {
    const uint64_t fitting = std::max(kFileSizeMin, bytes.load(std::memory_order_relaxed) / kFileShare);
    return space.value_file_size_max(std::min(static_cast<uint64_t>(wanted), fitting));
  }
  /// What the entries of one memtable may point to before it becomes a table, which tells what they supersede.
  uint64_t memtable_values_max(uint64_t memtable_size) const {
    return std::max(memtable_size, bytes.load(std::memory_order_relaxed) / kMemtableShare);
  }

  static constexpr uint64_t kFileSizeMin = uint64_t{8} << 20;
  static constexpr uint64_t kFileShare = 8;
  static constexpr uint64_t kMemtableShare = 8;

  std::unique_ptr<ValueAppender> writer;            // of commits
  std::unique_ptr<ValueAppender> moved_writer;      // of jobs
  std::atomic<uint64_t> threshold_min{UINT64_MAX};  // no value that is shorter goes to a value file
  std::atomic<uint64_t> bytes{0};                   // of all files, when one was begun last
  std::atomic<bool> wants_sync{false};
  std::atomic<int32_t> reclaim_by_hand{-1};  // percent that have to be dead; -1: nobody has said so
  std::mutex reclaim_mutex;                  // held during Db::reclaim()
  std::mutex looking_mutex;                  // held during Db::look_for_dead_values(); before Db::mutex_
  RunningJobs jobs;                          // guarded by Db::mutex_; what reclaim() waits for
  std::set<uint64_t> dying;                  // guarded by Db::mutex_; files that are worth writing again
  // Recovery only.
  bool had_files = false;
  std::vector<ValueFilePtr> replayed;
  ValuesToMove unsure;  // perhaps in the cache of the file system only, and for ever
};

}  // namespace wombat
