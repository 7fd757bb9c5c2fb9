#include "db/snapshots.h"

namespace wombat {

Timestamp SnapshotList::take() {
  std::lock_guard lock(mutex_);
  const Timestamp timestamp = visible_.load(std::memory_order_acquire);
  ++taken_[timestamp];
  return timestamp;
}

void SnapshotList::release(Timestamp timestamp) noexcept {
  std::lock_guard lock(mutex_);
  const auto found = taken_.find(timestamp);
  if (found != taken_.end() && --found->second == 0) taken_.erase(found);
}

std::vector<Timestamp> SnapshotList::all_and_visible() const {
  std::lock_guard lock(mutex_);
  std::vector<Timestamp> all;
  for (const auto& [timestamp, holders] : taken_) all.push_back(timestamp);
  const Timestamp visible = visible_.load(std::memory_order_acquire);
  if (all.empty() || all.back() != visible) all.push_back(visible);
  return all;
}

size_t SnapshotList::count() const {
  std::lock_guard lock(mutex_);
  size_t count = 0;
  for (const auto& [timestamp, holders] : taken_) count += holders;
  return count;
}

Timestamp SnapshotList::oldest() const {
  std::lock_guard lock(mutex_);
  return taken_.empty() ? 0 : taken_.begin()->first;
}

}  // namespace wombat
