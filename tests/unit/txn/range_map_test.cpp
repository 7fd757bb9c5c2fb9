#include "txn/range_map.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "support/seed.h"

namespace wombat {

namespace {

TEST(RangeMap, JoinsWhatOverlapsOrTouches) {
  RangeMap map;
  map.add({0, "b", "d"});
  map.add({0, "f", "h"});
  EXPECT_EQ(map.count(), 2u);
  map.add({0, "d", "f"});
  EXPECT_EQ(map.count(), 1u);
  EXPECT_TRUE(map.contains(0, "b"));
  EXPECT_TRUE(map.contains(0, "g"));
  EXPECT_FALSE(map.contains(0, "h"));
  EXPECT_FALSE(map.contains(1, "c"));
}

TEST(RangeMap, WithoutUpperBoundReachesToTheEndOfItsKeyspaceOnly) {
  RangeMap map;
  map.add({3, "m", std::nullopt});
  EXPECT_TRUE(map.contains(3, std::string(1000, '\xff')));
  EXPECT_FALSE(map.contains(4, "a"));
  EXPECT_FALSE(map.contains(3, "l"));
  EXPECT_TRUE(map.overlaps({3, "a", std::nullopt}));
  EXPECT_FALSE(map.overlaps({3, "a", "m"}));
  map.add({3, "a", "b"});
  map.add({3, "", std::nullopt});
  EXPECT_EQ(map.count(), 1u);
}

TEST(RangeMap, EmptyRangesAddNothing) {
  RangeMap map;
  map.add({0, "b", "b"});
  map.add({0, "c", "b"});
  EXPECT_TRUE(map.is_empty());
  map.add({0, "a", "z"});
  EXPECT_FALSE(map.overlaps({0, "c", "c"}));
}

TEST(RangeMap, AgreesWithASetOfKeys) {
  const SeedScope scope(20261121);
  std::mt19937_64 random(scope.seed());
  const auto key = [](unsigned i) { return std::string(1, static_cast<char>('a' + i)); };
  for (int round = 0; round < 2000; ++round) {
    RangeMap map;
    std::set<std::pair<uint32_t, unsigned>> keys;
    for (int step = 0; step < 12; ++step) {
      const auto keyspace = static_cast<uint32_t>(random() % 2);
      const auto from = static_cast<unsigned>(random() % 20);
      const auto to = static_cast<unsigned>(random() % 22);
      const std::string lower = key(from);
      const std::string upper = key(to);
      const KeyRange range{keyspace, lower, to >= 20 ? std::nullopt : std::optional<Bytes>(upper)};
      bool expected = false;
      for (unsigned i = from; i < std::min(to, 20u); ++i) expected |= keys.count({keyspace, i}) != 0;
      ASSERT_EQ(map.overlaps(range), expected) << lower << ".." << upper;
      if (random() % 3 == 0) continue;
      map.add(range);
      for (unsigned i = from; i < std::min(to, 20u); ++i) keys.insert({keyspace, i});
      for (uint32_t k = 0; k < 2; ++k) {
        for (unsigned i = 0; i < 20; ++i) ASSERT_EQ(map.contains(k, key(i)), keys.count({k, i}) != 0) << i;
      }
    }
    const size_t bytes = map.size_bytes();
    map.clear();
    ASSERT_EQ(map.size_bytes(), 0u) << bytes;
  }
}

}  // namespace

}  // namespace wombat
