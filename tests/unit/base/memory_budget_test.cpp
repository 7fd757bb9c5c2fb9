#include "base/memory_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

namespace wombat {
namespace {

constexpr size_t kMiBytes = 1 << 20;

TEST(MemoryBudget, CountsByCategoryAndRemembersThePeak) {
  MemoryBudget budget;
  EXPECT_FALSE(budget.has_limit());
  budget.add(MemoryCategory::kCache, 10);
  budget.add(MemoryCategory::kMerges, 5);
  budget.remove(MemoryCategory::kCache, 10);
  EXPECT_EQ(budget.used(MemoryCategory::kCache), 0u);
  EXPECT_EQ(budget.used(MemoryCategory::kMerges), 5u);
  EXPECT_EQ(budget.total(), 5u);
  EXPECT_EQ(budget.peak(), 15u);
  EXPECT_EQ(budget.room_for_cache(), MemoryBudget::kNoLimit);
}

TEST(MemoryBudget, CacheAndTablesGetWhatOthersLeaveButAlwaysALittle) {
  MemoryBudget budget(120 * kMiBytes);
  EXPECT_EQ(budget.usable(), 110 * kMiBytes);
  budget.add(MemoryCategory::kCache, 90 * kMiBytes);
  EXPECT_EQ(budget.room_for_cache(), 110 * kMiBytes);
  budget.add(MemoryCategory::kMemtables, 30 * kMiBytes);
  EXPECT_EQ(budget.room_for_cache(), 80 * kMiBytes);
  EXPECT_EQ(budget.room_for_indexes(), 60 * kMiBytes);
  budget.add(MemoryCategory::kIndexes, 20 * kMiBytes);
  EXPECT_EQ(budget.room_for_cache(), 60 * kMiBytes);
  EXPECT_EQ(budget.room_for_indexes(), 60 * kMiBytes);
  budget.add(MemoryCategory::kTransactions, 500 * kMiBytes);
  EXPECT_EQ(budget.room_for_cache(), 120 * kMiBytes / 32);
  EXPECT_GT(budget.room_for_indexes(), 0u);
}

TEST(MemoryBudget, AsksForReliefWhenItIsExceeded) {
  MemoryBudget budget(120 * kMiBytes);
  int asked = 0;
  budget.set_relief([&] {
    ++asked;
    budget.remove(MemoryCategory::kCache, 50 * kMiBytes);
    budget.add(MemoryCategory::kLogs, 1);  // asks nobody meanwhile
  });
  budget.add(MemoryCategory::kCache, 100 * kMiBytes);
  EXPECT_EQ(asked, 0);
  budget.add(MemoryCategory::kMemtables, 20 * kMiBytes);
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(budget.is_exceeded());
}

TEST(MemoryBudget, RoomIsMadeBeforeMemoryIsCounted) {
  MemoryBudget budget(120 * kMiBytes);
  budget.add(MemoryCategory::kCache, 100 * kMiBytes);
  budget.set_relief([&] {
    EXPECT_EQ(budget.total(), 100 * kMiBytes);
    EXPECT_TRUE(budget.is_exceeded());
    EXPECT_EQ(budget.room_for_cache(), 90 * kMiBytes);
    budget.remove(MemoryCategory::kCache, budget.used(MemoryCategory::kCache) - budget.room_for_cache());
  });
  budget.add(MemoryCategory::kMemtables, 20 * kMiBytes);
  EXPECT_EQ(budget.total(), 110 * kMiBytes);
  EXPECT_EQ(budget.peak(), 110 * kMiBytes);
}

TEST(MemoryBudget, AThreadThatIsSlowToMakeRoomHoldsUpNoOther) {
  MemoryBudget budget(120 * kMiBytes);
  budget.add(MemoryCategory::kCache, 100 * kMiBytes);
  std::promise<void> has_begun;
  std::promise<void> may_go_on;
  std::atomic<int> asked{0};
  budget.set_relief([&] {
    if (asked.fetch_add(1) == 0) {
      has_begun.set_value();
      may_go_on.get_future().wait();
      return;
    }
    budget.remove(MemoryCategory::kCache, 50 * kMiBytes);
  });
  std::thread slow([&] { budget.add(MemoryCategory::kMemtables, 20 * kMiBytes); });
  has_begun.get_future().wait();
  budget.add(MemoryCategory::kMerges, 15 * kMiBytes);
  EXPECT_EQ(asked.load(), 2);
  EXPECT_EQ(budget.total(), 65 * kMiBytes);
  may_go_on.set_value();
  slow.join();
  EXPECT_EQ(budget.peak(), 100 * kMiBytes);
}

TEST(MemoryCharge, GivesBackWhatItHas) {
  const auto budget = std::make_shared<MemoryBudget>();
  {
    MemoryCharge charge(MemoryAccount(budget, MemoryCategory::kIterators));
    charge.set(100);
    charge.set(30);
    EXPECT_EQ(budget->used(MemoryCategory::kIterators), 30u);
  }
  EXPECT_EQ(budget->total(), 0u);
}

}  // namespace
}  // namespace wombat
