/// What a database is given from outside; tests replace parts of it.
#pragma once

#include "db/event_log.h"
#include "env/clock.h"
#include "env/file_system.h"
#include "kv/merge_operator.h"

namespace wombat {

struct Environment {
  FileSystem* file_system = &posix_file_system();
  Clock* clock = &system_clock();
  LogFunction log_function = nullptr;
  void* log_user_data = nullptr;
  std::shared_ptr<const MergeOperators> merge_operators;  // null: those that every database has
};

}  // namespace wombat
