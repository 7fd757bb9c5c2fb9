/// How much of the process's memory is one engine's, when the engines of a process take turns: what came and went during its turns.
#pragma once

#include <algorithm>
#include <cstdint>

#include "resource_usage.h"

namespace wombat::bench {

class MemoryLedger {
 public:
  void begin_turn() {
    reset_memory_peak();
    start_bytes_ = memory_resident_bytes();
  }
  /// Most memory that was this engine's during the turn, mapped files included.
  uint64_t end_turn() {
    const int64_t peak = held_bytes_ + static_cast<int64_t>(memory_peak_bytes() - start_bytes_);
    held_bytes_ += static_cast<int64_t>(memory_resident_bytes() - start_bytes_);
    return static_cast<uint64_t>(std::max<int64_t>(peak, 0));
  }

 private:
  uint64_t start_bytes_ = 0;
  int64_t held_bytes_ = 0;
};

}  // namespace wombat::bench
