#include "memtable/memtable_ranges.h"

#include <gtest/gtest.h>

#include <string>

namespace wombat {
namespace {

std::string key_of(int i) { return "k" + std::to_string(10000 + i); }

TEST(MemtableRanges, WhatIsLinkedIsSeenFromItsTimestampOn) {
  MemtableRanges ranges;
  EXPECT_TRUE(ranges.empty());
  const Bytes upper("m");
  ranges.stage("c", &upper, 7);
  EXPECT_TRUE(ranges.empty());
  ranges.link_staged(1);
  EXPECT_FALSE(ranges.empty());
  EpochGuard guard(process_epochs());
  EXPECT_EQ(ranges.cover("d", 6), 0u);
  EXPECT_EQ(ranges.cover("d", 7), 7u);
  EXPECT_EQ(ranges.cover("m", 7), 0u);
}

TEST(MemtableRanges, WhatIsNotLinkedIsForgotten) {
  MemtableRanges ranges;
  ranges.stage("a", nullptr, 3);
  ranges.stage("b", nullptr, 4);
  ranges.link_staged(1);
  EXPECT_EQ(ranges.count(), 1u);
  ranges.stage("c", nullptr, 5);
  ranges.link_staged(0);
  EpochGuard guard(process_epochs());
  EXPECT_EQ(ranges.cover("z", 9), 3u);
}

/// Sets double in size, so that there are few of them and none is joined often.
TEST(MemtableRanges, ManyRangeDeletesLieInFewSets) {
  MemtableRanges ranges;
  constexpr int kCount = 5000;
  for (int i = 0; i < kCount; ++i) {
    const std::string lower = key_of(2 * (i * 7919 % kCount));
    const std::string upper = lower + "z";
    const Bytes bound(upper);
    ranges.stage(lower, &bound, static_cast<Timestamp>(i) + 1);
    ranges.link_staged(1);
  }
  EXPECT_EQ(ranges.count(), static_cast<uint64_t>(kCount));
  EpochGuard guard(process_epochs());
  EXPECT_LE(ranges.sets().size(), 16u);
  EXPECT_GT(ranges.memory_usage(), size_t{kCount} * 16);
  for (int i = 0; i < kCount; ++i) {
    const Timestamp timestamp = static_cast<Timestamp>(i) + 1;
    const std::string lower = key_of(2 * (i * 7919 % kCount));
    ASSERT_EQ(ranges.cover(lower, kTimestampMax), timestamp);
    ASSERT_EQ(ranges.cover(lower, timestamp - 1), 0u);
  }
}

}  // namespace
}  // namespace wombat
