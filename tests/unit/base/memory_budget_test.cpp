#include "base/memory_budget.h"

#include <gtest/gtest.h>

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
