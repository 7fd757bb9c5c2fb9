#include "db/write_pacing.h"

#include <gtest/gtest.h>

namespace wombat {

namespace {

PacingInput input(size_t level0_count, size_t memtable_count = 1) {
  PacingInput pacing;
  pacing.level0_count = level0_count;
  pacing.level0_slow = 10;
  pacing.level0_stall = 24;
  pacing.memtable_count = memtable_count;
  pacing.memtable_count_max = 5;
  return pacing;
}

TEST(WritePacing, NoDelayBeforeSlowingBegins) {
  for (size_t count = 0; count < 10; ++count) EXPECT_EQ(write_delay_us(input(count), 1 << 20), 0u);
}

TEST(WritePacing, GrowsWithLevelZeroUpToTheSlowestRate) {
  uint64_t before = 0;
  for (size_t count = 10; count < 40; ++count) {
    const uint64_t delay = write_delay_us(input(count), 1 << 20);
    EXPECT_GE(delay, before) << count;
    EXPECT_GE(delay, (uint64_t{1} << 20) * 1'000'000 / kPacedRateMax);
    EXPECT_LE(delay, (uint64_t{1} << 20) * 1'000'000 / kPacedRateMin);
    before = delay;
  }
  EXPECT_EQ(before, 500'000u);  // 1 MiB at 2 MiB/s
}

TEST(WritePacing, GrowsWithTheSizeOfTheWrite) {
  EXPECT_EQ(write_delay_us(input(24), 0), 0u);
  EXPECT_EQ(write_delay_us(input(24), 2 << 20), 2 * write_delay_us(input(24), 1 << 20));
}

TEST(WritePacing, TheLastMemtableButOneIsFilledSlowly) {
  EXPECT_EQ(write_delay_us(input(0, 3), 1 << 20), 0u);
  EXPECT_GT(write_delay_us(input(0, 4), 1 << 20), 0u);
  PacingInput few = input(0, 3);
  few.memtable_count_max = 3;
  EXPECT_EQ(write_delay_us(few, 1 << 20), 0u);
}

TEST(WritePacing, TheLastMemtableIsFilledTheSlowerTheFullerItIs) {
  for (const size_t count_max : {2, 3, 5}) {
    PacingInput last = input(0, count_max);
    last.memtable_count_max = count_max;
    uint64_t before = write_delay_us(last, 1 << 20);
    EXPECT_EQ(before != 0, count_max == 5) << count_max;
    for (last.memtable_fill = 0.3; last.memtable_fill < 1; last.memtable_fill += 0.1) {
      const uint64_t delay = write_delay_us(last, 1 << 20);
      EXPECT_GE(delay, before) << last.memtable_fill;
      before = delay;
    }
    last.memtable_fill = 1;
    EXPECT_EQ(write_delay_us(last, 1 << 20), 500'000u);  // 1 MiB at 2 MiB/s
    last.memtable_count = count_max - 1;
    EXPECT_LE(write_delay_us(last, 1 << 20), 8000u);
  }
}

TEST(WritePacing, EqualThresholdsDoNotDivideByZero) {
  PacingInput pacing = input(50);
  pacing.level0_stall = pacing.level0_slow;
  EXPECT_EQ(write_delay_us(pacing, 1 << 20), 0u);
}

}  // namespace

}  // namespace wombat
