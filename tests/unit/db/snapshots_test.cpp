#include "db/snapshots.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "support/seed.h"

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

TEST(SnapshotList, OneThatIsReleasedBetweenOthersIsGone) {
  std::atomic<Timestamp> visible{1};
  SnapshotList list(visible);
  for (; visible <= 5; ++visible) static_cast<void>(list.take());
  list.release(3);
  list.release(3);  // which nobody holds any more
  EXPECT_EQ(list.count(), 4u);
  EXPECT_EQ(list.all_and_visible(), (Timestamps{1, 2, 4, 5, 6}));
  list.release(5);
  list.release(1);
  EXPECT_EQ(list.oldest(), 2u);
  EXPECT_EQ(list.all_and_visible(), (Timestamps{2, 4, 6}));
  EXPECT_EQ(list.take(), 6u);
  list.release(4);
  list.release(2);
  EXPECT_EQ(list.all_and_visible(), Timestamps{6});
  list.release(6);
  EXPECT_EQ(list.count(), 0u);
  EXPECT_EQ(list.oldest(), 0u);
}

/// Transactions that overlap in every order, with a standing snapshot in front of them, against a plain count.
TEST(SnapshotList, SaysWhatACountSays) {
  const SeedScope seed(5);
  std::mt19937_64 random(seed.seed());
  std::atomic<Timestamp> visible{1};
  SnapshotList list(visible);
  std::map<Timestamp, size_t> model;
  std::vector<Timestamp> held;
  ++model[list.take()];
  for (int step = 0; step < 20'000; ++step) {
    if (random() % 3 == 0) ++visible;
    if (held.size() < 20 && random() % 2 == 0) {
      held.push_back(list.take());
      ++model[held.back()];
    } else if (!held.empty()) {
      const size_t at = random() % held.size();
      list.release(held[at]);
      if (--model[held[at]] == 0) model.erase(held[at]);
      held.erase(held.begin() + static_cast<ptrdiff_t>(at));
    }
    Timestamps expected;
    for (const auto& [timestamp, holders] : model) expected.push_back(timestamp);
    if (expected.back() != visible) expected.push_back(visible);
    ASSERT_EQ(list.all_and_visible(), expected);
    ASSERT_EQ(list.oldest(), 1u);
    ASSERT_EQ(list.count(), held.size() + 1);
  }
}

}  // namespace

}  // namespace wombat
