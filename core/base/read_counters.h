/// Counters of the point read path. A reader owns one stripe for as long as it holds an epoch slot, so
/// counting is a load and a store of a cache line that nobody else writes.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/epoch.h"

namespace wombat {

enum class ReadCounter : size_t {
  kGets,
  kGetsFound,
  kMemtableHits,
  kGetBytes,
  kFilterChecked,
  kFilterUseful,
  kCacheHits,
  kCount
};

struct alignas(64) ReadStripe {
  std::array<std::atomic<uint64_t>, static_cast<size_t>(ReadCounter::kCount)> values{};

  void add(ReadCounter counter, uint64_t amount = 1) noexcept {
    std::atomic<uint64_t>& value = values[static_cast<size_t>(counter)];
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
};

class ReadCounters {
 public:
  /// `slot_index` is EpochGuard::slot_index() of a guard that the caller holds.
  ReadStripe& stripe(size_t slot_index) noexcept { return stripes_[slot_index]; }
  uint64_t total(ReadCounter counter) const noexcept {
    uint64_t sum = 0;
    for (const ReadStripe& stripe : stripes_)
      sum += stripe.values[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
    return sum;
  }

 private:
  std::array<ReadStripe, EpochDomain::kSlotCount> stripes_;
};

}  // namespace wombat
