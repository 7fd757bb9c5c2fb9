#include "support/fault_allocator.h"

#include <gtest/gtest.h>

#include <memory>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "support/allocation_exempt.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

using Repeat = FaultAllocator::Repeat;

/// Which of five allocations fail. `operator new` is called directly: a new expression may be optimised away.
std::vector<bool> five_allocations() {
  bool failed[5] = {};
  for (bool& this_one : failed) {
    try {
      ::operator delete(::operator new(16));
    } catch (const std::bad_alloc&) {
      this_one = true;
    }
  }
  AllocationExempt exempt;
  return std::vector<bool>(failed, failed + 5);
}

TEST(FaultAllocator, FailsExactlyTheKthAllocationOnce) {
  FaultAllocator::arm(3, Repeat::kOnce);
  const std::vector<bool> failed = five_allocations();
  EXPECT_TRUE(FaultAllocator::disarm());
  EXPECT_EQ(failed, (std::vector<bool>{false, false, true, false, false}));
  EXPECT_EQ(FaultAllocator::allocation_count(), 5u);
}

TEST(FaultAllocator, FailsForEverFromTheKthOnUntilDisarmed) {
  FaultAllocator::arm(3, Repeat::kForEver);
  const std::vector<bool> failed = five_allocations();
  EXPECT_TRUE(FaultAllocator::disarm());
  EXPECT_EQ(failed, (std::vector<bool>{false, false, true, true, true}));
  EXPECT_EQ(five_allocations(), std::vector<bool>(5, false));
}

TEST(FaultAllocator, SaysWhenThereWereFewerAllocations) {
  FaultAllocator::arm(6, Repeat::kOnce);
  five_allocations();
  EXPECT_FALSE(FaultAllocator::disarm());
}

TEST(FaultAllocator, NothrowAndAlignedFormsCountToo) {
  FaultAllocator::arm(1, Repeat::kForEver);
  void* const plain = ::operator new(8, std::nothrow);
  void* const aligned = ::operator new(8, std::align_val_t(256), std::nothrow);
  FaultAllocator::disarm();
  EXPECT_EQ(plain, nullptr);
  EXPECT_EQ(aligned, nullptr);
  void* const sound = ::operator new(8, std::align_val_t(256));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(sound) % 256, 0u);
  ::operator delete(sound, std::align_val_t(256));
}

TEST(FaultAllocator, ExemptScopesAndSimulatedFilesAreLeftAlone) {
  SimFileSystem files;
  FaultAllocator::arm(1, Repeat::kForEver);
  bool worked = false;
  {
    AllocationExempt exempt;
    const auto block = std::make_unique<char[]>(100);
    const std::string path = "/a directory with a name that is too long for a small string";
    worked = files.open_directory(path, DirectoryMode::kCreateIfMissing).is_ok() && block != nullptr;
  }
  const uint64_t counted = FaultAllocator::allocation_count();
  EXPECT_FALSE(FaultAllocator::disarm());
  EXPECT_TRUE(worked);
  EXPECT_EQ(counted, 0u);
}

TEST(FaultAllocator, CountsAllThreads) {
  std::thread other;
  {
    AllocationExempt exempt;
    FaultAllocator::arm(2, Repeat::kOnce);
    other = std::thread([] { five_allocations(); });
  }
  other.join();
  EXPECT_TRUE(FaultAllocator::disarm());
}

TEST(FaultAllocator, KnowsHowManyBlocksAreAlive) {
  const int64_t before = FaultAllocator::live_block_count();
  void* const block = ::operator new(10);
  EXPECT_EQ(FaultAllocator::live_block_count(), before + 1);
  ::operator delete(block);
  EXPECT_EQ(FaultAllocator::live_block_count(), before);
}

}  // namespace
}  // namespace wombat
