/// Values of value files that have been read, in frames of the cache that blocks share. A hit costs no call of the system and no
/// checksum.
///
/// A hash table of slots, four to a cache line, in which a value has one line to be in: what does not find room there takes the place
/// of one that was not used lately.
#pragma once

#include <atomic>
#include <memory>

#include "kv/value_pointer.h"
#include "table/frame.h"
#include "table/frame_cache.h"

namespace wombat {

/// Any thread.
class ValueCache {
 public:
  /// `cache` outlives it.
  explicit ValueCache(FrameCache& cache) : cache_(cache) {}
  /// No reader is inside.
  ~ValueCache();
  ValueCache(const ValueCache&) = delete;
  ValueCache& operator=(const ValueCache&) = delete;

  /// Whether a value of so many bytes is worth keeping.
  bool is_for(size_t value_size) const;
  /// The frame with the value of `key` that `pointer` points to, or null. The caller is inside an epoch.
  Frame* find(Bytes key, const ValuePointer& pointer, Bytes* value) const;

  /// A frame for the record that `pointer` points to, with its value unpacked: `*record` is where front and value go. Throws
  /// std::bad_alloc.
  Frame* allocate(Bytes key, const ValuePointer& pointer, char** record) const;
  static void discard(Frame* frame) noexcept { FrameCache::discard(frame); }
  /// Hands out what was written to it and checked: readable for as long as the caller's epoch or a pin lasts, found by others with
  /// `keeps`.
  Bytes publish(const ValuePointer& pointer, size_t key_size, Frame* frame, bool keeps) const noexcept;

  size_t memory_usage() const;

 private:
  static constexpr size_t kWays = 4;
  struct alignas(64) Line {
    FrameSlot slots[kWays];
  };
  struct Lines {
    size_t mask;
    std::unique_ptr<Line[]> lines;
  };
  static uint64_t hash_of(const ValuePointer& pointer);
  static bool holds(const Frame& frame, const ValuePointer& pointer);
  Lines* lines_or_null() const { return lines_.load(std::memory_order_acquire); }
  Lines* lines() const;

  FrameCache& cache_;
  mutable std::atomic<Lines*> lines_{nullptr};  // made with the first value
};

}  // namespace wombat
