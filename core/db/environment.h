/// What a database is given from outside; tests replace parts of it.
#pragma once

#include <memory>

#include "db/event_log.h"
#include "db/space_ceiling.h"
#include "env/clock.h"
#include "env/file_system.h"
#include "kv/compaction_filter.h"
#include "kv/merge_operator.h"

namespace wombat {

struct Environment {
  FileSystem* file_system = &posix_file_system();
  std::shared_ptr<FileSystem>
      own_file_system;  // or null; what file_system is, when it ends with the database
  Clock* clock = &system_clock();
  LogFunction log_function = nullptr;
  void* log_user_data = nullptr;
  std::shared_ptr<const CompactionFilter> compaction_filter;  // null: none
  uint64_t space_allowance = SpaceCeiling::kAllowance;
  std::shared_ptr<const MergeOperators> merge_operators;      // null: those that every database has
  uint64_t memory_bytes = 0;  // of the machine or container; 0: what the system says
};

}  // namespace wombat
