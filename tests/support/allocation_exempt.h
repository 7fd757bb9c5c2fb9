/// While one lives, allocations of this thread are neither counted nor failed by the fault allocator. The
/// simulated file systems use it in every call, so that an allocation fault always hits the code under test.
#pragma once

namespace wombat {

inline thread_local int allocation_exempt_depth = 0;

class AllocationExempt {
 public:
  AllocationExempt() { ++allocation_exempt_depth; }
  ~AllocationExempt() { --allocation_exempt_depth; }
  AllocationExempt(const AllocationExempt&) = delete;
  AllocationExempt& operator=(const AllocationExempt&) = delete;
};

}  // namespace wombat
