/// What the housekeeper of a database remembers: the thread that syncs by interval, retries and removes files.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace wombat {

struct Housekeeping {
  std::thread thread;
  std::mutex mutex;
  std::condition_variable wakes;
  bool stops = false;      // guarded by mutex
  bool is_called = false;  // guarded by mutex
  // The thread's own.
  uint64_t synced_at_us = 0;
  uint64_t synced_write_count = 0;
  uint64_t reported_at_us = 0;
  uint64_t busy_at_us = 0;  // when it last saw that somebody had written
  uint64_t busy_write_count = 0;
};

}  // namespace wombat
