// What counts as alive, and which compactions free most below a ceiling.
#include "compaction/space_policy.h"

#include "compaction/live_bytes.h"
#include "unit/compaction/tree_text.h"

namespace wombat {
namespace {

constexpr uint64_t kMega = 1 << 20;

TableInfo& info_of(Version& version, size_t level, size_t run, size_t i) {
  return const_cast<TableInfo&>(version.levels[level].runs[run].tables[i]->info);
}

std::string pick(const Version& version, uint64_t room, uint64_t* least, CompactionOptions options = {},
                 const BusyTables& busy = {}) {
  SpaceLimits limits;
  limits.room = room;
  limits.cut_bytes = 1000;
  return text_of(pick_space_compaction(version, options, busy, limits, least));
}

TEST(LiveBytes, CountsWhatLiesAboveNothing) {
  const Version version = tree(
      "0 9: 1 a-m 100 2 p-q 30\n"
      "0 8: 3 c-d 50\n"
      "2 0: 4 a-b 400 5 e-k 600");
  // 1 lies above others, 2 and 3 do not.
  EXPECT_EQ(live_bytes(version).total(), 30u + 50u + 400u + 600u);
}

TEST(LiveBytes, TakesAwayWhatIsSupersededAndDeleted) {
  Version version = tree("0 9: 1 a-m 100\n1 0: 2 a-z 1000");
  TableInfo& below = info_of(version, 1, 0, 0);
  below.key_bytes = 200;
  below.value_bytes = 800;
  below.shadowed_bytes = 250;
  below.values = {{7, 5, 4000, 5000}};
  below.shadowed_value_bytes = 1000;
  EXPECT_EQ(live_bytes(version).tables, 750u);
  EXPECT_EQ(live_bytes(version).values, 3000u);
  EXPECT_EQ(shadowed_bytes(version), 250u + 1000u);
  info_of(version, 0, 0, 0).delete_count = 5;  // of ten entries below
  EXPECT_NEAR(static_cast<double>(live_bytes(version).total()), 3750.0 / 2, 2);
  info_of(version, 0, 0, 0).delete_count = 50;  // more than there are
  EXPECT_EQ(live_bytes(version).total(), 0u);
  EXPECT_EQ(live_bytes(Version(3)).total(), 0u);
}

TEST(SpacePolicy, OldRunsAreMergedFirstAndThenGoDownTableByTable) {
  uint64_t least = 0;
  const CompactionOptions options;
  EXPECT_EQ(pick(tree("0 9: 1 a-z 100\n0 8: 2 a-z 100\n1 0: 3 a-f 500 4 g-z 500"), kMega, &least),
            "0:1 0:2 > 0");
  EXPECT_EQ(least, 0u);
  // The oldest run is larger than what is newer: it goes on to go down, where it costs least.
  EXPECT_EQ(pick(tree("0 9: 1 a-z 10\n0 8: 2 a-f 100 5 g-z 100\n1 0: 3 a-f 900 4 g-z 500"), kMega, &least),
            "0:5 1:4 > 1");
}

TEST(SpacePolicy, WhatDoesNotFitIsNotBegun) {
  uint64_t least = 0;
  const Version version = tree("0 8: 2 a-f 1000000 5 g-z 100\n1 0: 3 a-f 1000000 4 g-z 500000");
  EXPECT_EQ(pick(version, 800'000, &least), "0:5 1:4 > 1");
  EXPECT_EQ(pick(version, 400'000, &least), "nothing");
  EXPECT_GT(least, 500'000u);
  EXPECT_LT(least, 700'000u);
  SpaceLimits limits;
  limits.takes_smallest = true;
  EXPECT_EQ(text_of(pick_space_compaction(version, {}, {}, limits, &least)), "0:5 1:4 > 1");
  // What somebody else is at does not count.
  EXPECT_EQ(pick(version, kMega, &least, {}, {4}), "nothing");
}

TEST(SpacePolicy, OldVersionsGoWhenNobodySeesThem) {
  Version version = tree("1 0: 3 a-f 1000 4 g-z 500");
  TableInfo& info = info_of(version, 1, 0, 1);
  info.key_bytes = 100;
  info.value_bytes = 400;
  info.shadowed_bytes = 250;
  info.timestamp_max = 50;
  uint64_t least = 0;
  CompactionOptions options;
  options.seen_by_all = 49;  // a snapshot
  EXPECT_EQ(pick(version, kMega, &least, options), "nothing");
  options.seen_by_all = 50;
  EXPECT_EQ(pick(version, kMega, &least, options), "1:4 > 1");
  info.shadowed_bytes = 1;  // not worth it
  EXPECT_EQ(pick(version, kMega, &least, options), "nothing");
}

TEST(SpacePolicy, AWideTableIsCutInPlace) {
  uint64_t least = 0;
  std::string below = "1 0:";
  for (int i = 0; i < 8; ++i) {
    const char from = static_cast<char>('a' + 2 * i);
    below += std::string(" ") + std::to_string(10 + i) + " " + from + "-" + static_cast<char>(from + 1) +
             " 100000";
  }
  const Version version = tree("0 8: 2 a-p 1000\n" + below);
  EXPECT_EQ(pick(version, 200'000, &least), "0:2 > 0");
  EXPECT_EQ(space_cuts(version, 0, 250'000), (std::vector<std::string>{"e", "i", "m"}));
  EXPECT_TRUE(space_cuts(version, 1, 250'000).empty());
  EXPECT_NE(pick(version, 2 * kMega, &least), "0:2 > 0");
}

TEST(SpacePolicy, TiersAreMergedFromTheOldestOn) {
  uint64_t least = 0;
  CompactionOptions options;
  options.style = CompactionStyle::kUniversal;
  const Version version = tree("0 9: 1 a-z 100000\n0 8: 2 a-z 200000\n0 7: 3 a-z 400000");
  EXPECT_EQ(pick(version, 700'000, &least, options), "0:2 0:3 > 0");
  EXPECT_EQ(pick(version, 100'000, &least, options), "nothing");
  EXPECT_GT(least, 600'000u);
  options.style = CompactionStyle::kFifo;
  EXPECT_EQ(pick(version, 100 * kMega, &least, options), "nothing");
}

}  // namespace
}  // namespace wombat
