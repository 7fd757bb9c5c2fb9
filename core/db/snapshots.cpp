#include "db/snapshots.h"

#include <algorithm>

namespace wombat {

// The newest committed timestamp never goes back, so the end is where it belongs.
Timestamp SnapshotList::take() {
  std::lock_guard lock(mutex_);
  const Timestamp timestamp = visible_.load(std::memory_order_acquire);
  if (taken_.empty() || taken_.back().timestamp != timestamp) taken_.push_back({timestamp, 0});
  ++taken_.back().holders;
  return timestamp;
}

void SnapshotList::release(Timestamp timestamp) noexcept {
  std::lock_guard lock(mutex_);
  const auto found = std::partition_point(taken_.begin(), taken_.end(),
                                          [&](const Taken& taken) { return taken.timestamp < timestamp; });
  if (found == taken_.end() || found->timestamp != timestamp || found->holders == 0) return;
  if (--found->holders != 0) return;
  ++empty_count_;
  for (; !taken_.empty() && taken_.back().holders == 0; --empty_count_) taken_.pop_back();
  // The front goes as well, but only together with as many others as have to move.
  if (2 * empty_count_ < taken_.size() && !taken_.empty()) return;
  std::erase_if(taken_, [](const Taken& taken) { return taken.holders == 0; });
  empty_count_ = 0;
}

std::vector<Timestamp> SnapshotList::all_and_visible() const {
  std::lock_guard lock(mutex_);
  std::vector<Timestamp> all;
  for (const Taken& taken : taken_)
    if (taken.holders != 0) all.push_back(taken.timestamp);
  const Timestamp visible = visible_.load(std::memory_order_acquire);
  if (all.empty() || all.back() != visible) all.push_back(visible);
  return all;
}

size_t SnapshotList::count() const {
  std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const Taken& taken : taken_) count += taken.holders;
  return count;
}

Timestamp SnapshotList::oldest() const {
  std::lock_guard lock(mutex_);
  for (const Taken& taken : taken_)
    if (taken.holders != 0) return taken.timestamp;
  return 0;
}

}  // namespace wombat
