#include "db/sync_crowd.h"

#include <gtest/gtest.h>

namespace wombat {
namespace {

TEST(SyncCrowdTest, WhoIsAloneNeverWaits) {
  SyncCrowd crowd;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(crowd.take_wanted(), 0u);
    crowd.note_sync(100);
    crowd.note_group(1, 0);
  }
}

TEST(SyncCrowdTest, NobodyWaitsBeforeASyncWasTimed) {
  SyncCrowd crowd;
  crowd.note_group(2, 3);
  EXPECT_EQ(crowd.take_wanted(), 0u);
  crowd.note_sync(100);
  EXPECT_EQ(crowd.take_wanted(), 5u);
}

TEST(SyncCrowdTest, TheCrowdIsThoseServedAndThoseWhoQueuedMeanwhile) {
  SyncCrowd crowd;
  crowd.note_sync(100);
  crowd.note_group(8, 8);
  EXPECT_EQ(crowd.take_wanted(), 16u);
  crowd.note_wait(9, 16);
  crowd.note_group(16, 0);
  EXPECT_EQ(crowd.take_wanted(), 16u);
}

TEST(SyncCrowdTest, PatienceIsLessThanASyncAndBounded) {
  SyncCrowd crowd;
  crowd.note_sync(200);
  EXPECT_LT(crowd.patience_us(), 200u);
  EXPECT_GE(crowd.patience_us(), 100u);
  for (int i = 0; i < 100; ++i) crowd.note_sync(60'000'000);
  EXPECT_EQ(crowd.patience_us(), SyncCrowd::kPatienceMicrosMax);
}

TEST(SyncCrowdTest, AfterAWaitInVainLessIsExpectedAndGroupsPass) {
  SyncCrowd crowd;
  crowd.note_sync(100);
  uint32_t passed = 1;
  for (int i = 0; i < 10; ++i) {
    crowd.note_group(1, 3);
    ASSERT_EQ(crowd.take_wanted(), 4u);
    crowd.note_wait(1, 1);
    crowd.note_group(1, 3);
    for (uint32_t group = 0; group < passed; ++group) EXPECT_EQ(crowd.take_wanted(), 0u) << i << " " << group;
    passed = std::min(2 * passed, SyncCrowd::kPassCountMax);
  }
}

TEST(SyncCrowdTest, AWaitInVainIsForgottenWhenTheCrowdIsBack) {
  SyncCrowd crowd;
  crowd.note_sync(100);
  crowd.note_group(4, 0);
  for (int i = 0; i < 3; ++i) {
    while (crowd.take_wanted() == 0) continue;
    crowd.note_wait(1, 1);
    crowd.note_group(4, 0);
  }
  while (crowd.take_wanted() == 0) continue;
  crowd.note_wait(1, 4);
  crowd.note_group(4, 0);
  ASSERT_EQ(crowd.take_wanted(), 4u);
  crowd.note_wait(1, 1);
  crowd.note_group(4, 0);
  EXPECT_EQ(crowd.take_wanted(), 0u);
  EXPECT_EQ(crowd.take_wanted(), 4u);  // one group, not eight
}

TEST(SyncCrowdTest, OneWhoStaysAwayDoesNotEndTheWaitingForTheOthers) {
  SyncCrowd crowd;
  crowd.note_sync(100);
  crowd.note_group(16, 0);
  ASSERT_EQ(crowd.take_wanted(), 16u);
  crowd.note_wait(1, 15);
  crowd.note_group(15, 0);
  EXPECT_EQ(crowd.take_wanted(), 15u);
}

}  // namespace
}  // namespace wombat
