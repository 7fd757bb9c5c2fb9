/// Which commit was the newest at which time: marks of (wall clock, timestamp), so that a reader may ask for the state
/// of a moment, and compactions know what a retention of so many seconds keeps.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "kv/entry.h"

namespace wombat {

/// Any thread.
class Timeline {
 public:
  struct Mark {
    uint64_t wall_us = 0;
    Timestamp timestamp = 0;
  };
  /// Distance of marks; those older than kRecentMicros are thinned out to the greater one.
  static constexpr uint64_t kStepMicros = 100'000;
  static constexpr uint64_t kRecentMicros = uint64_t{3600} * 1'000'000;
  static constexpr uint64_t kOldStepMicros = 1'000'000;

  /// Notes that `timestamp` is the newest at `wall_us`. False, and nothing is noted, when the last mark is too near, is
  /// of the same commit, or when the clock has gone back.
  bool add(Mark mark, uint64_t step_us = kStepMicros);
  /// The newest commit at that time: that of the last mark not behind it. None: no mark is that old.
  std::optional<Timestamp> at(uint64_t wall_us) const;
  /// What a retention up to `wall_us` lets go: commits before the result cannot be asked for any more. Without marks
  /// that old, the first mark; without marks `fallback`.
  Timestamp horizon(uint64_t wall_us, Timestamp fallback) const;
  /// Forgets marks that no time from `wall_us` on leads to, and thins out old ones. Returns those that went.
  std::vector<Mark> forget_before(uint64_t wall_us);
  /// Forgets all marks and returns them.
  std::vector<Mark> forget_all();
  /// Adds a mark as it was noted before, in order.
  void restore(Mark mark);
  size_t count() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Mark> marks_;  // guarded by mutex_; ascending in both
};

}  // namespace wombat
