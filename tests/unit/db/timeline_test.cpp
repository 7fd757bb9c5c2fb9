#include "db/timeline.h"

#include <gtest/gtest.h>

namespace wombat {

namespace {

constexpr uint64_t kStep = Timeline::kStepMicros;

TEST(Timeline, TheLastMarkNotBehindATimeCounts) {
  Timeline line;
  EXPECT_FALSE(line.at(100 * kStep));
  EXPECT_EQ(line.horizon(0, 77), 77u);
  ASSERT_TRUE(line.add({10 * kStep, 5}));
  ASSERT_TRUE(line.add({20 * kStep, 9}));
  EXPECT_FALSE(line.at(10 * kStep - 1));
  EXPECT_EQ(line.at(10 * kStep), 5u);
  EXPECT_EQ(line.at(20 * kStep - 1), 5u);
  EXPECT_EQ(line.at(20 * kStep), 9u);
  EXPECT_EQ(line.at(~uint64_t{0}), 9u);
  EXPECT_EQ(line.horizon(0, 77), 5u) << "what was before the first mark was never promised";
  EXPECT_EQ(line.horizon(15 * kStep, 77), 5u);
  EXPECT_EQ(line.horizon(25 * kStep, 77), 9u);
}

TEST(Timeline, NoMarkForTheSameCommitTooSoonOrBackInTime) {
  Timeline line;
  ASSERT_TRUE(line.add({10 * kStep, 5}));
  EXPECT_FALSE(line.add({20 * kStep, 5}));
  EXPECT_FALSE(line.add({11 * kStep - 1, 6}));
  EXPECT_FALSE(line.add({9 * kStep, 6}));
  EXPECT_TRUE(line.add({11 * kStep, 6}));
  EXPECT_EQ(line.count(), 2u);
}

TEST(Timeline, MarksThatNoTimeLeadsToAreForgotten) {
  Timeline line;
  for (uint64_t i = 1; i <= 10; ++i) ASSERT_TRUE(line.add({i * kStep, i}));
  EXPECT_EQ(line.forget_before(5 * kStep + 1).size(), 4u);
  EXPECT_EQ(line.at(5 * kStep + 1), 5u);
  EXPECT_FALSE(line.at(4 * kStep));
  EXPECT_EQ(line.forget_before(~uint64_t{0}).size(), 5u);
  EXPECT_EQ(line.count(), 1u) << "the state of now can always be asked for";
}

TEST(Timeline, OldMarksAreThinnedOut) {
  Timeline line;
  const uint64_t steps = 2 * Timeline::kRecentMicros / kStep;
  for (uint64_t i = 1; i <= steps; ++i) ASSERT_TRUE(line.add({i * kStep, i}));
  line.forget_before(0);
  const uint64_t recent = Timeline::kRecentMicros / kStep;
  const uint64_t old = Timeline::kRecentMicros / Timeline::kOldStepMicros;
  EXPECT_NEAR(static_cast<double>(line.count()), static_cast<double>(recent + old), 3);
  EXPECT_EQ(line.at(steps * kStep), steps);
  const std::optional<Timestamp> early = line.at(1000 * kStep);
  ASSERT_TRUE(early);
  EXPECT_LE(*early, 1000u);
  EXPECT_GT(*early, 1000u - Timeline::kOldStepMicros / kStep);
}

}  // namespace

}  // namespace wombat
