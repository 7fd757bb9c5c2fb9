/// Counters of the write path. Only the leading writer adds, so counting is a load and a store.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "kv/entry.h"

namespace wombat {

enum class WriteCounter : size_t {
  kCommits,
  kEntries,
  kPuts,
  kDeletes,
  kMerges,
  kRangeDeletes,
  kBytes,
  kGroups,
  kCount
};

/// Operations by kind.
class KindCounts {
 public:
  void add(Kind kind) { ++counts_[static_cast<size_t>(kind)]; }
  uint64_t of(Kind kind) const { return counts_[static_cast<size_t>(kind)]; }

 private:
  std::array<uint64_t, static_cast<size_t>(Kind::kExpiringPointer) + 1> counts_{};
};

class WriteCounters {
 public:
  void add(WriteCounter counter, uint64_t amount) noexcept {
    std::atomic<uint64_t>& value = values_[static_cast<size_t>(counter)];
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  uint64_t total(WriteCounter counter) const noexcept {
    return values_[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<uint64_t>, static_cast<size_t>(WriteCounter::kCount)> values_{};
};

}  // namespace wombat
