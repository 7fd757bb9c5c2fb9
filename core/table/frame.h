/// A block in memory, and the slot through which it is found.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/epoch.h"
#include "table/frame_cache.h"

namespace wombat {

/// One a block, in an array of the table. `frame` is loaded by readers inside an epoch; it changes from null
/// by compare-and-swap and back to null only under the lock of the frame's shard.
struct FrameSlot {
  std::atomic<Frame*> frame{nullptr};
  /// Used since the clock last came by. Here and not in the frame, because who looks at a slot has this line
  /// anyway.
  std::atomic<uint32_t> touched{0};
  /// For owners of slots that look frames up by a hash: part of it.
  std::atomic<uint32_t> tag{0};
};

/// The block's bytes follow this header, then kFrameSlack readable bytes.
struct alignas(64) Frame : Retirable {
  /// Set in `pins` when no epoch and no slot leads to the frame any more: the last pin frees it.
  static constexpr uint32_t kOrphan = uint32_t{1} << 31;

  std::atomic<uint32_t> pins{0};
  uint32_t data_size = 0;
  uint32_t chunk = 0;  // of the arena that the frame was cut out of
  FrameCache::State* cache = nullptr;
  FrameSlot* slot = nullptr;     // meaningful while in a clock
  size_t clock_index = 0;        // there; guarded by the shard's lock
  Frame* next_victim = nullptr;  // of those that were evicted together

  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  size_t memory_size() const;
};

}  // namespace wombat
