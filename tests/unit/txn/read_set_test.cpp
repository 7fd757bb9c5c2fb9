#include "txn/read_set.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/hash.h"
#include "support/seed.h"

namespace wombat {

namespace {

TEST(ReadSet, AKeyCountsFromItsEarliestReading) {
  ReadSet set;
  set.add_key(0, "a", 9);
  set.add_key(0, "a", 5);
  set.add_key(0, "a", 7);
  ASSERT_EQ(set.key_count(), 1u);
  EXPECT_EQ(set.key(0).at, 5u);
}

TEST(ReadSet, KeyspacesAndEmptyKeysAreKeptApart) {
  ReadSet set;
  set.add_key(1, "", 3);
  EXPECT_TRUE(set.contains(1, ""));
  EXPECT_FALSE(set.contains(0, ""));
  EXPECT_TRUE(set.overlaps({1, "", "a"}));
  EXPECT_FALSE(set.overlaps({0, "", std::nullopt}));
}

TEST(ReadSet, RangesCoverKeysThatWereNeverThere) {
  ReadSet set;
  set.add_range({0, "b", "d"});
  EXPECT_TRUE(set.contains(0, "c"));
  EXPECT_FALSE(set.contains(0, "d"));
  EXPECT_TRUE(set.overlaps({0, "a", "b\x01"}));
  EXPECT_FALSE(set.is_empty());
  set.clear();
  EXPECT_TRUE(set.is_empty());
  EXPECT_FALSE(set.contains(0, "c"));
}

TEST(ReadSet, AgreesWithAMapThroughAllSizes) {
  const SeedScope scope(31);
  std::mt19937_64 random(scope.seed());
  for (const size_t count : {1, 11, 12, 13, 14, 64, 65, 1000, 20000}) {
    ReadSet set;
    std::map<std::pair<uint32_t, std::string>, Timestamp> known;
    for (size_t i = 0; i < count; ++i) {
      const auto keyspace = static_cast<uint32_t>(random() % 3);
      const std::string key = std::to_string(random() % count);
      const Timestamp at = random() % 100 + 1;
      set.add_key(keyspace, key, at);
      const auto [entry, is_new] = known.emplace(std::pair(keyspace, key), at);
      if (!is_new) entry->second = std::min(entry->second, at);
    }
    ASSERT_EQ(set.key_count(), known.size());
    for (size_t i = 0; i < set.key_count(); ++i) {
      const ReadSet::KeyView view = set.key(i);
      EXPECT_EQ(view.key_hash, hash_key(view.key));
      const auto entry = known.find({view.keyspace, std::string(view.key)});
      ASSERT_NE(entry, known.end());
      ASSERT_EQ(view.at, entry->second);
    }
    for (size_t i = 0; i < 100; ++i) {
      const auto keyspace = static_cast<uint32_t>(random() % 3);
      const std::string key = std::to_string(random() % (2 * count));
      ASSERT_EQ(set.contains(keyspace, key), known.count({keyspace, key}) != 0);
    }
  }
}

}  // namespace

}  // namespace wombat
