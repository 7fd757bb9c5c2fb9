/// What a database remembers of its value files beyond the files themselves.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "db/running_jobs.h"
#include "db/values_to_move.h"
#include "vlog/value_appender.h"
#include "vlog/value_store.h"

namespace wombat {

struct ValueLogState {
  std::unique_ptr<ValueAppender> writer;            // of commits
  std::unique_ptr<ValueAppender> moved_writer;      // of jobs
  std::atomic<uint64_t> threshold_min{UINT64_MAX};  // no value that is shorter goes to a value file
  std::atomic<bool> wants_sync{false};
  std::atomic<int32_t> reclaim_by_hand{-1};  // percent that have to be dead; -1: nobody has said so
  std::timed_mutex reclaim_mutex;            // held during Db::reclaim()
  std::mutex looking_mutex;                  // held during Db::look_for_dead_values(); before Db::mutex_
  RunningJobs jobs;                          // guarded by Db::mutex_; what reclaim() waits for
  std::set<uint64_t> dying;                  // guarded by Db::mutex_; files that are worth writing again
  // Recovery only.
  bool had_files = false;
  std::vector<ValueFilePtr> replayed;
  ValuesToMove unsure;  // perhaps in the cache of the file system only, and for ever
};

}  // namespace wombat
