#include "db/snapshots.h"

#include <gtest/gtest.h>

namespace wombat {

namespace {

using Timestamps = std::vector<Timestamp>;

TEST(SnapshotList, NobodyReadsButTheNewest) {
  const std::atomic<Timestamp> visible{7};
  const SnapshotList list(visible);
  EXPECT_EQ(list.all_and_visible(), Timestamps{7});
  EXPECT_EQ(list.count(), 0u);
  EXPECT_EQ(list.oldest(), 0u);
}

TEST(SnapshotList, KeepsEachTimestampUntilItsLastHolderLeaves) {
  std::atomic<Timestamp> visible{7};
  SnapshotList list(visible);
  EXPECT_EQ(list.take(), 7u);
  EXPECT_EQ(list.take(), 7u);
  visible = 9;
  EXPECT_EQ(list.take(), 9u);
  EXPECT_EQ(list.count(), 3u);
  EXPECT_EQ(list.all_and_visible(), (Timestamps{7, 9}));
  visible = 12;
  EXPECT_EQ(list.all_and_visible(), (Timestamps{7, 9, 12}));
  list.release(7);
  EXPECT_EQ(list.oldest(), 7u);
  list.release(7);
  EXPECT_EQ(list.oldest(), 9u);
  EXPECT_EQ(list.all_and_visible(), (Timestamps{9, 12}));
}

TEST(SnapshotList, ReleasingWhatNobodyHoldsDoesNothing) {
  const std::atomic<Timestamp> visible{7};
  SnapshotList list(visible);
  list.release(3);
  static_cast<void>(list.take());
  list.release(3);
  EXPECT_EQ(list.count(), 1u);
}

}  // namespace

}  // namespace wombat
