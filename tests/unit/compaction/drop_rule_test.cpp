#include "compaction/drop_rule.h"

#include <gtest/gtest.h>

namespace wombat {

namespace {

/// Version of the key that a reader at `at` sees; 0 when none. `versions` descend.
Timestamp seen_at(const std::vector<Timestamp>& versions, Timestamp at) {
  for (const Timestamp version : versions)
    if (version <= at) return version;
  return 0;
}

/// Bits of `set`, as numbers from 1 on, ascending.
std::vector<Timestamp> numbers_of(unsigned set) {
  std::vector<Timestamp> numbers;
  for (unsigned i = 0; i < 8; ++i)
    if ((set >> i & 1) != 0) numbers.push_back(i + 1);
  return numbers;
}

std::vector<Timestamp> kept(const std::vector<Timestamp>& snapshots, const std::vector<Timestamp>& versions) {
  DropRule rule(snapshots);
  std::vector<Timestamp> kept;
  for (size_t i = 0; i < versions.size(); ++i)
    if (!rule.is_hidden(i == 0, versions[i])) kept.push_back(versions[i]);
  return kept;
}

TEST(DropRule, KeepsExactlyWhatSomebodyMaySee) {
  size_t cases = 0;
  for (unsigned snapshot_set = 1; snapshot_set < 256; ++snapshot_set) {
    const std::vector<Timestamp> snapshots = numbers_of(snapshot_set);
    for (unsigned version_set = 1; version_set < 256; ++version_set) {
      std::vector<Timestamp> versions = numbers_of(version_set);
      std::reverse(versions.begin(), versions.end());
      const std::vector<Timestamp> left = kept(snapshots, versions);
      std::vector<Timestamp> needed;
      for (const Timestamp version : versions) {
        bool is_seen = version > snapshots.back();  // readers to come
        for (const Timestamp at : snapshots) is_seen |= seen_at(versions, at) == version;
        if (is_seen) needed.push_back(version);
      }
      ASSERT_EQ(left, needed) << "snapshots " << snapshot_set << " versions " << version_set;
      ++cases;
    }
  }
  EXPECT_EQ(cases, 255u * 255u);
}

TEST(DropRule, AnotherKeyHidesNothing) {
  DropRule rule({10});
  EXPECT_FALSE(rule.is_hidden(true, 5));
  EXPECT_TRUE(rule.is_hidden(false, 4));
  EXPECT_FALSE(rule.is_hidden(true, 3));
}

TEST(DropRule, EverybodySeesWhatTheOldestSnapshotSees) {
  const DropRule rule({5, 9});
  EXPECT_TRUE(rule.is_seen_by_all(0));
  EXPECT_TRUE(rule.is_seen_by_all(5));
  EXPECT_FALSE(rule.is_seen_by_all(6));
}

}  // namespace

}  // namespace wombat
