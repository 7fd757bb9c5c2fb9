/// Writers, readers, snapshots, iterators and maintenance at once on one database, and somebody who closes it
/// in the middle. Each writer has keys of its own and commits groups of keys that always hold the same number;
/// the numbers rise. So any consistent view shows equal numbers in a group, no reader ever sees one go down,
/// and what was acknowledged is never missing.
#pragma once

#include <array>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "wombat.h"

namespace wombat {

class ConcurrentHistory {
 public:
  static constexpr size_t kWriterCount = 3;
  static constexpr size_t kReaderCount = 3;
  static constexpr int kGroupSize = 4;

  ConcurrentHistory(std::string path, uint64_t seed) : path_(std::move(path)), seed_(seed) {}

  /// One round: opens, works for about `duration_ms`, closes while all are busy, and compares after another
  /// open.
  void run_round(uint64_t duration_ms);
  std::vector<std::string> problems() const;
  uint64_t call_count() const { return call_count_.load(); }

 private:
  /// Of one writer: what it has begun and what was acknowledged.
  struct Progress {
    std::atomic<uint64_t> begun{0};
    std::atomic<uint64_t> acknowledged{0};
  };

  void open();
  /// False when the database is closed; notes a problem for any other failure.
  bool accept(const char* call, wombat_status status, const wombat_error& error);
  void problem(const std::string& text);

  void write(size_t writer);
  void read(size_t reader);
  void maintain();
  bool read_one(size_t writer, std::array<uint64_t, kWriterCount>* seen);
  bool read_group_in_snapshot(size_t writer);
  bool read_group_at_once(size_t writer);
  bool scan_group(size_t writer, bool forward);
  void check_group(const char* how, const std::vector<uint64_t>& numbers, uint64_t at_least);
  void check_after_reopening();

  const std::string path_;
  const uint64_t seed_;
  uint64_t round_ = 0;
  wombat_db* db_ = nullptr;
  std::array<Progress, kWriterCount> progress_;
  std::atomic<uint64_t> call_count_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> problems_;  // guarded by mutex_
};

}  // namespace wombat
