#include "db/timeline.h"

#include <algorithm>

namespace wombat {

namespace {

/// The first mark behind `wall_us`.
auto first_behind(const std::deque<Timeline::Mark>& marks, uint64_t wall_us) {
  return std::partition_point(marks.begin(), marks.end(),
                              [&](const Timeline::Mark& mark) { return mark.wall_us <= wall_us; });
}

}  // namespace

bool Timeline::add(Mark mark, uint64_t step_us) {
  std::lock_guard lock(mutex_);
  if (!marks_.empty()) {
    const Mark& last = marks_.back();
    if (mark.wall_us < last.wall_us + step_us || mark.timestamp <= last.timestamp) return false;
  }
  marks_.push_back(mark);
  return true;
}

std::optional<Timestamp> Timeline::at(uint64_t wall_us) const {
  std::lock_guard lock(mutex_);
  const auto behind = first_behind(marks_, wall_us);
  if (behind == marks_.begin()) return std::nullopt;
  return std::prev(behind)->timestamp;
}

Timestamp Timeline::horizon(uint64_t wall_us, Timestamp fallback) const {
  std::lock_guard lock(mutex_);
  if (marks_.empty()) return fallback;
  const auto behind = first_behind(marks_, wall_us);
  return behind == marks_.begin() ? behind->timestamp : std::prev(behind)->timestamp;
}

std::vector<Timeline::Mark> Timeline::forget_before(uint64_t wall_us) {
  std::vector<Mark> gone;
  std::lock_guard lock(mutex_);
  while (marks_.size() > 1 && marks_[1].wall_us <= wall_us) {
    gone.push_back(marks_.front());
    marks_.pop_front();
  }
  if (marks_.empty() || marks_.back().wall_us < kRecentMicros) return gone;
  const uint64_t recent_us = marks_.back().wall_us - kRecentMicros;
  std::deque<Mark> kept;
  for (const Mark& mark : marks_) {
    const bool is_close = !kept.empty() && mark.wall_us < kept.back().wall_us + kOldStepMicros;
    if (is_close && mark.wall_us < recent_us)
      gone.push_back(mark);
    else
      kept.push_back(mark);
  }
  marks_.swap(kept);
  return gone;
}

std::vector<Timeline::Mark> Timeline::forget_all() {
  std::lock_guard lock(mutex_);
  std::vector<Mark> gone(marks_.begin(), marks_.end());
  marks_.clear();
  return gone;
}

void Timeline::restore(Mark mark) {
  std::lock_guard lock(mutex_);
  marks_.push_back(mark);
}

size_t Timeline::count() const {
  std::lock_guard lock(mutex_);
  return marks_.size();
}

}  // namespace wombat
