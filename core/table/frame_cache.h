/// The one budget for blocks in memory. Frames are found through the slot arrays of their tables, never through the cache; the
/// cache only counts bytes and chooses victims (a clock, sharded; locks are taken for a miss and an eviction, never for a hit).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/epoch.h"
#include "base/statistics.h"

namespace wombat {

/// A block in memory. Reachable through one slot until evicted; freed when, after that, no epoch and no pin holds it.
struct Frame;

/// Keeps a frame beyond the epoch in which it was found. Taken while inside the epoch. Releasable from any thread.
class FramePin {
 public:
  FramePin() = default;
  explicit FramePin(Frame* frame) noexcept;
  FramePin(FramePin&& other) noexcept : frame_(other.frame_) { other.frame_ = nullptr; }
  FramePin& operator=(FramePin&& other) noexcept;
  ~FramePin() { reset(); }
  void reset() noexcept;
  Frame* get() const { return frame_; }

 private:
  Frame* frame_ = nullptr;
};

class FrameCache {
 public:
  FrameCache(size_t budget_bytes, EpochDomain& epochs, Statistics* statistics);
  ~FrameCache();
  size_t budget() const;
  void set_budget(size_t budget_bytes);
  /// Bytes of all frames, pinned and evicted-but-held ones included.
  size_t usage() const;
  size_t pinned_usage() const;
  EpochDomain& epochs() const;

 private:
  friend class TableReader;
  struct State;
  std::unique_ptr<State> state_;
  // The author of the implementation adds what table/ needs (allocate, publish, drop), as public functions.
};

}  // namespace wombat
