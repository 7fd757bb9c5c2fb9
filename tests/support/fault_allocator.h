/// Makes the k-th allocation of the program fail. Linking the library wombat_fault_allocator replaces
/// operator new and delete of the whole process by ones that count while armed; memory comes from malloc, so
/// sanitizers see it.
///
///   for (uint64_t k = 1;; ++k) {
///     FaultAllocator::arm(k, FaultAllocator::Repeat::kOnce);
///     ... code under test; test code in between inside an AllocationExempt (allocation_exempt.h) ...
///     if (!FaultAllocator::disarm()) break;  // fewer than k allocations: all have been failed
///   }
///
/// Allocations of all threads count, except within AllocationExempt on that thread; the simulated file
/// systems and the model are exempt by themselves. A throwing operator new throws std::bad_alloc, a nothrow
/// one returns null.
#pragma once

#include <cstdint>

namespace wombat {

class FaultAllocator {
 public:
  enum class Repeat { kOnce, kForEver };

  /// The `fail_at`-th allocation from now on fails (1: the next one), with kForEver all later ones too. 0:
  /// none fails, count only.
  static void arm(uint64_t fail_at, Repeat repeat);
  /// Returns true when an allocation was failed since arm().
  static bool disarm();
  /// Allocations since arm(), failed ones included; those before disarm() once that was called.
  static uint64_t allocation_count();
  /// Blocks that operator new has given out and operator delete has not got back, since the program started.
  static int64_t live_block_count();
};

}  // namespace wombat
