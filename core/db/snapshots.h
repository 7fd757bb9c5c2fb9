/// Timestamps that somebody reads at, so that compactions keep what they show.
#pragma once

#include <atomic>
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
  struct Taken {
    Timestamp timestamp;
    size_t holders;
  };

  const std::atomic<Timestamp>& visible_;
  mutable std::mutex mutex_;
  // Guarded by mutex_. Each transaction takes and releases one: the newest come and go at the end, without memory being
  // taken; one that is released in front of others leaves a place without holders behind.
  std::vector<Taken> taken_;  // ascending; the last has holders, and so has at least half of them
  size_t empty_count_ = 0;    // places without holders
};

}  // namespace wombat
