/// Timestamps that somebody reads at, so that compactions keep what they show.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "kv/entry.h"

namespace wombat {

/// Any thread.
class SnapshotList {
 public:
  /// `visible` is the newest committed timestamp.
  explicit SnapshotList(const std::atomic<Timestamp>& visible) : visible_(visible) {}

  Timestamp take();
  void release(Timestamp timestamp) noexcept;
  /// All taken timestamps and the newest committed one, ascending: what a job that starts now must keep
  /// visible.
  std::vector<Timestamp> all_and_visible() const;
  size_t count() const;
  /// 0 when there is none.
  Timestamp oldest() const;

 private:
  const std::atomic<Timestamp>& visible_;
  mutable std::mutex mutex_;
  std::map<Timestamp, size_t> taken_;  // guarded by mutex_; timestamp -> holders
};

}  // namespace wombat
