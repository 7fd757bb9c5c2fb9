/// The one budget for blocks in memory. Frames are found through the slot arrays of their tables, never
/// through the cache; the cache only counts bytes and chooses victims (a clock, sharded; locks are taken for
/// a miss and an eviction, never for a hit).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/epoch.h"
#include "base/memory_budget.h"
#include "base/statistics.h"

namespace wombat {

/// A block in memory. Reachable through one slot until evicted; freed when, after that, no epoch and no pin
/// holds it.
struct Frame;
struct FrameSlot;

/// Keeps a frame beyond the epoch in which it was found. Taken while inside the epoch. Releasable from any
/// thread.
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

/// Any thread. Any budget works, 0 too: a frame then lives as long as someone uses it.
class FrameCache {
 public:
  /// `memory`, if there is one, is told what the cache takes, and may leave less room than the budget.
  FrameCache(size_t budget_bytes, EpochDomain& epochs, Statistics* statistics,
             std::shared_ptr<MemoryBudget> memory = nullptr);
  /// Pins may outlive the cache, slots may not.
  ~FrameCache();
  FrameCache(const FrameCache&) = delete;
  FrameCache& operator=(const FrameCache&) = delete;
  size_t budget() const;
  void set_budget(size_t budget_bytes);
  /// Evicts until what the cache takes from the system fits into the room that the memory budget leaves to it, as far as
  /// frames are not pinned. What is read at this moment goes a little later.
  void keep_within_memory() noexcept;
  /// Bytes of all frames, pinned and evicted-but-held ones included.
  size_t usage() const;
  size_t pinned_usage() const;
  EpochDomain& epochs() const;

  /// A frame for `data_size` bytes that nobody can reach yet, with zeroed slack behind. Throws
  /// std::bad_alloc.
  Frame* allocate(size_t data_size);
  /// Frees a frame that was never published.
  static void discard(Frame* frame) noexcept;
  /// Makes `frame` the one of `slot` and evicts others when over budget. Returns the frame that readers see:
  /// another one, and `frame` is discarded, when somebody was faster. The caller is inside an epoch, which
  /// keeps the result alive.
  Frame* publish(FrameSlot& slot, Frame* frame) noexcept;
  /// The same for a frame of which nobody has another one: when `slot` is taken, `frame` is given up as by retire_unpublished().
  void publish_or_retire(FrameSlot& slot, Frame* frame) noexcept;
  /// Gives up a frame that was never published: it stays readable for as long as the caller's epoch or a pin
  /// holds it.
  void retire_unpublished(Frame* frame) noexcept;
  /// Empties slots, whose frames stay readable for as long as epochs and pins hold them. Before the slots are freed no reader of them
  /// may be left.
  void drop(FrameSlot* slots, size_t count) noexcept;

 private:
  friend struct Frame;
  friend class FramePin;
  struct State;
  Frame* put(FrameSlot& slot, Frame* frame) noexcept;
  State* state_;  // freed with the last frame
};

}  // namespace wombat
