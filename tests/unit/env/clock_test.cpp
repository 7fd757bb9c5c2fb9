#include "env/clock.h"

#include <gtest/gtest.h>

namespace wombat {
namespace {

TEST(SystemClock, IsMonotonicInBothUnits) {
  Clock& clock = system_clock();
  uint64_t last = clock.now_ns();
  for (int i = 0; i < 1000; ++i) {
    const uint64_t now = clock.now_ns();
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_GE(clock.now_us(), last / 1000);
  EXPECT_LT(clock.now_us() - last / 1000, 60'000'000u);
}

TEST(SystemClock, SleepsAtLeastAsLongAsAsked) {
  Clock& clock = system_clock();
  const uint64_t start = clock.now_us();
  clock.sleep_us(3000);
  EXPECT_GE(clock.now_us() - start, 3000u);
  clock.sleep_us(0);
}

TEST(SystemClock, WallTimeIsAfterThisTestWasWritten) {
  EXPECT_GT(system_clock().wall_us(), 1'750'000'000ull * 1'000'000);
}

TEST(SystemClock, IsOneObject) { EXPECT_EQ(&system_clock(), &system_clock()); }

}  // namespace
}  // namespace wombat
