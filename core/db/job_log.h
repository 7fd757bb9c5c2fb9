/// What background jobs do and have done: those that run, and the last ones that ended.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "base/status.h"
#include "version/version.h"

namespace wombat {

enum class JobKind { kFlush, kMerge, kMove, kDrop };

struct JobRecord {
  JobKind kind = JobKind::kMerge;
  std::string keyspace;
  uint32_t input_level = 0;
  uint32_t output_level = 0;
  uint64_t input_tables = 0;
  uint64_t input_bytes = 0;
  uint64_t parts = 1;
  uint64_t output_tables = 0;
  uint64_t output_bytes = 0;
  uint64_t began_us = 0;     // monotonic clock
  uint64_t duration_us = 0;  // of one that has ended
  std::string failure;       // empty: none
};

/// Any thread.
class JobLog {
 public:
  static constexpr size_t kEndedMax = 32;

  /// Returns what end() is given.
  uint64_t begin(JobRecord record);
  /// `record` as it has become. Lack of memory costs the record, nothing else.
  void end(uint64_t id, JobRecord record, const Status& status, uint64_t now_us) noexcept;
  /// A JSON object with two lists of objects, "running" and "ended", the newest first.
  std::string to_json(uint64_t now_us) const;

 private:
  struct Entry {
    uint64_t id = 0;
    JobRecord record;
  };
  mutable std::mutex mutex_;
  uint64_t last_id_ = 0;       // guarded by mutex_, as are the next ones
  std::deque<Entry> running_;  // newest first
  std::deque<Entry> ended_;
};

/// Notes the end of a job when it goes out of scope.
class LoggedJob {
 public:
  LoggedJob(JobLog& log, JobRecord begun) : log_(log), record(std::move(begun)), id_(log.begin(record)) {}
  LoggedJob(const LoggedJob&) = delete;
  LoggedJob& operator=(const LoggedJob&) = delete;
  ~LoggedJob() {
    if (!has_ended_) log_.end(id_, std::move(record), Status::no_memory(), record.began_us);
  }
  Status end(Status status, uint64_t now_us) {
    has_ended_ = true;
    log_.end(id_, std::move(record), status, now_us);
    return status;
  }

 private:
  JobLog& log_;

 public:
  JobRecord record;  // what is known by now

 private:
  const uint64_t id_;
  bool has_ended_ = false;
};

/// What jobs have read from the levels of a tree and written to them since open.
struct LevelTraffic {
  std::atomic<uint64_t> jobs{0};  // that wrote to it
  std::atomic<uint64_t> read_bytes{0};
  std::atomic<uint64_t> written_bytes{0};
};
using LevelTraffics = std::array<LevelTraffic, kLevelCountMax>;

/// A JSON list with an object for each level that has or had something.
std::string levels_as_json(const Version& version, const LevelTraffics& traffics, uint64_t flushed_bytes);

std::string json_escaped(std::string_view text);

}  // namespace wombat
