/// What a database is given from outside; tests replace parts of it.
#pragma once

#include "db/event_log.h"
#include "env/clock.h"
#include "env/file_system.h"

namespace wombat {

struct Environment {
  FileSystem* file_system = &posix_file_system();
  Clock* clock = &system_clock();
  LogFunction log_function = nullptr;
  void* log_user_data = nullptr;
};

}  // namespace wombat
