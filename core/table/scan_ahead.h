/// What scans read ahead by themselves.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

#include "base/memory_budget.h"

namespace wombat {

/// Of one database. Any thread.
struct ScanAhead {
  static constexpr size_t kWindowMax = 256 * 1024;

  ScanAhead() = default;
  explicit ScanAhead(MemoryAccount account) : memory(std::move(account)) {}
  std::atomic<size_t> window_max{kWindowMax};  // bytes; 0: nothing. May change at any time
  MemoryAccount memory;                        // of what they read into
};

}  // namespace wombat
