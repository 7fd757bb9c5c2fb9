/// Watches the anonymous memory of the process while something runs.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "wombat.h"

namespace wombat {

/// Bytes that the process has in memory and that no file stands behind; 0: the system does not tell.
uint64_t resident_anonymous_bytes();

/// Any thread.
class MemorySampler {
 public:
  /// Samples go to `csv_path` as well, unless it is empty.
  explicit MemorySampler(const std::string& csv_path);
  ~MemorySampler();
  MemorySampler(const MemorySampler&) = delete;
  MemorySampler& operator=(const MemorySampler&) = delete;

  /// From now on what the database says about its memory is written down, too. Null: no longer.
  void watch(wombat_db* db);
  void begin_phase(const std::string& name);
  /// The largest sample of each phase.
  std::map<std::string, uint64_t> peaks() const;

 private:
  static constexpr std::chrono::milliseconds kPause{2};
  static constexpr std::chrono::milliseconds kCsvPause{100};

  void run();
  void write_line(uint64_t resident);

  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  std::ofstream csv_;        // sampling thread only
  wombat_db* db_ = nullptr;  // guarded by mutex_, as are the next ones
  std::string phase_ = "start";
  std::map<std::string, uint64_t> peaks_;
  std::atomic<bool> stops_{false};
  std::thread thread_;
};

}  // namespace wombat
