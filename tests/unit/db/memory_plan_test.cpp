#include "db/memory_plan.h"

#include <gtest/gtest.h>

namespace wombat {
namespace {

constexpr uint64_t kMi = uint64_t{1} << 20;
constexpr uint64_t kGi = uint64_t{1} << 30;

Options parsed(const std::string& text) {
  Options options;
  EXPECT_TRUE(options.parse(text)) << text;
  return options;
}

uint64_t size(const MemoryPlan& plan, OptionId id) { return static_cast<uint64_t>(plan.options.integer(id)); }

TEST(MemoryPlan, LeavesTheSizesAloneWhereMemoryIsPlenty) {
  for (const uint64_t memory : {uint64_t{0}, 2 * kGi, 24 * kGi, 1000 * kGi}) {
    Result<MemoryPlan> plan = plan_memory(Options(), memory);
    ASSERT_TRUE(plan) << memory;
    EXPECT_TRUE(plan->shares.is_automatic);
    EXPECT_FALSE(plan->shares.derives_sizes) << memory;
    EXPECT_EQ(size(*plan, OptionId::kCacheSize), 256 * kMi);
    EXPECT_EQ(size(*plan, OptionId::kMemtableSize), 64 * kMi);
    EXPECT_GE(plan->shares.limit_bytes, std::max(memory / 8, 700 * kMi));
    EXPECT_EQ(plan->shares.builder_bytes_max(3), ~size_t{0});
    EXPECT_EQ(plan->shares.readahead_bytes(3, 10, 777), 777u);
  }
  EXPECT_EQ(plan_memory(Options(), 24 * kGi)->shares.limit_bytes, 3 * kGi);
}

TEST(MemoryPlan, TakesHalfOfASmallMachine) {
  Result<MemoryPlan> plan = plan_memory(Options(), 512 * kMi);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->shares.limit_bytes, 256 * kMi);
  EXPECT_TRUE(plan->shares.derives_sizes);
  EXPECT_LE(size(*plan, OptionId::kCacheSize), 128 * kMi);
}

TEST(MemoryPlan, TheAutomaticLimitHasRoomForSizesThatAreGiven) {
  Result<MemoryPlan> plan = plan_memory(parsed("cache.size=8GiB"), 4 * kGi);
  ASSERT_TRUE(plan);
  EXPECT_GE(plan->shares.limit_bytes, 8 * kGi);
  EXPECT_EQ(size(*plan, OptionId::kCacheSize), 8 * kGi);
}

TEST(MemoryPlan, SizesFollowFromALimit) {
  for (const uint64_t limit : {16 * kMi, 64 * kMi, 512 * kMi, 4 * kGi}) {
    Result<MemoryPlan> plan = plan_memory(parsed("memory.limit=" + std::to_string(limit)), 24 * kGi);
    ASSERT_TRUE(plan) << limit;
    const uint64_t memtables = size(*plan, OptionId::kMemtableSize) * size(*plan, OptionId::kNumMemtables);
    EXPECT_LE(memtables, limit / 4 + kMi);
    EXPECT_EQ(size(*plan, OptionId::kCacheSize), limit / 2);
    EXPECT_LE(size(*plan, OptionId::kLimitsBatchSize), limit / 8);
    EXPECT_LE(size(*plan, OptionId::kTxnMaxSize), limit / 8);
    EXPECT_LE(plan->shares.builder_bytes_max(3), std::max<uint64_t>(limit / 16, kMi));
    EXPECT_GE(plan->shares.readahead_bytes(5, 100, 256 << 10), 16u << 10);
  }
}

TEST(MemoryPlan, RefusesWhatCannotFit) {
  Result<MemoryPlan> cache = plan_memory(parsed("memory.limit=100MiB; cache.size=90MiB"), 0);
  ASSERT_FALSE(cache);
  EXPECT_EQ(cache.status().code(), Code::kInvalidArgument);
  EXPECT_NE(cache.status().message().find("cache.size of 90 MiB"), std::string::npos)
      << cache.status().to_string();
  EXPECT_TRUE(plan_memory(parsed("memory.limit=100MiB; cache.size=70MiB"), 0));
  Result<MemoryPlan> memtables =
      plan_memory(parsed("memory.limit=100MiB; memtable.size=40MiB; num_memtables=3"), 0);
  ASSERT_FALSE(memtables);
  EXPECT_NE(memtables.status().message().find("num_memtables times memtable.size, 120 MiB"),
            std::string::npos);
  EXPECT_FALSE(plan_memory(parsed("memory.limit=15MiB"), 0));
  // Of memtables of a given size there are fewer.
  Result<MemoryPlan> fewer = plan_memory(parsed("memory.limit=128MiB; memtable.size=16MiB"), 0);
  ASSERT_TRUE(fewer);
  EXPECT_EQ(size(*fewer, OptionId::kNumMemtables), 2u);
}

}  // namespace
}  // namespace wombat
