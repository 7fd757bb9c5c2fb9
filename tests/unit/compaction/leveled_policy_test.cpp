#include "compaction/leveled_policy.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/seed.h"
#include "unit/compaction/tree_text.h"

namespace wombat {

namespace {

CompactionOptions small_tree() {
  CompactionOptions options;
  options.min_compaction_files = 2;
  options.base_size_bytes = 1000;
  options.size_multiplier = 10;
  options.table_size_bytes = 100;
  options.delete_ratio = 0.5;
  return options;
}

TEST(LeveledPolicy, AnEmptyTreeNeedsNothing) {
  EXPECT_EQ(text_of(pick_leveled_compaction(Version(5), small_tree(), {})), "nothing");
  EXPECT_EQ(leveled_debt(Version(5), small_tree()), 0u);
}

TEST(LeveledPolicy, LevelZeroIsMergedWithWhatItOverlaps) {
  const Version version = tree("0 9: 9 a-f 50\n0 8: 8 b-g 50\n1 3: 1 a-c 60 2 e-h 60 3 x-z 60\n");
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "0:9 0:8 1:1 1:2 > 1");
}

TEST(LeveledPolicy, TooFewRunsInLevelZeroStay) {
  EXPECT_EQ(text_of(pick_leveled_compaction(tree("0 9: 9 a-f 50\n"), small_tree(), {})), "nothing");
}

TEST(LeveledPolicy, BusyTablesAreLeftAlone) {
  const Version version = tree("0 9: 9 a-f 50\n0 8: 8 b-g 50\n1 3: 1 a-c 100\n");
  for (const uint64_t busy : {1u, 8u, 9u}) {
    const std::optional<CompactionPlan> plan = pick_leveled_compaction(version, small_tree(), {busy});
    if (!plan) continue;
    for (const CompactionPlan::Input& input : plan->inputs)
      for (const TablePtr& one : input.tables) EXPECT_NE(one->info.number, busy);
  }
}

TEST(LeveledPolicy, ALevelOverItsLimitSheds) {
  const Version version = tree("1 3: 1 a-c 900 2 e-h 900\n2 2: 5 i-k 100\n");
  EXPECT_GE(leveled_score(version, small_tree(), 1), 1.0);
  EXPECT_GT(leveled_debt(version, small_tree()), 0u);
  const std::optional<CompactionPlan> plan = pick_leveled_compaction(version, small_tree(), {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->output_level, 2u);
  EXPECT_TRUE(plan->is_trivial_move);  // nothing in level 2 is in the way
}

TEST(LeveledPolicy, TheDeepestLevelHasNoLimit) {
  Version version(2);
  wombat::Run run;
  run.id = 1;
  run.tables.push_back(table(1, "a", "b", 1'000'000));
  version.levels[1].runs.push_back(run);
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "nothing");
}

/// The number of deletes among the ten entries of a table.
void set_deletes(Version& version, uint64_t number, uint64_t deletes) {
  for (Level& level : version.levels)
    for (wombat::Run& run : level.runs)
      for (TablePtr& one : run.tables) {
        if (one->info.number != number) continue;
        TableInfo info = one->info;
        info.delete_count = deletes;
        one = std::make_shared<TableHandle>(info);
      }
}

TEST(LeveledPolicy, ATableFullOfDeletesGoesDownAlone) {
  Version version = tree("0 9: 9 a-f 50\n1 3: 1 a-c 100 2 e-h 100 3 x-z 100\n2 2: 4 a-z 100\n");
  set_deletes(version, 1, 4);
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "nothing");
  set_deletes(version, 1, 5);
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "1:1 2:4 > 2");
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {4})), "nothing");
  set_deletes(version, 9, 8);
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "0:9 1:1 1:2 > 1");
  CompactionOptions without = small_tree();
  without.delete_ratio = 0;
  EXPECT_EQ(text_of(pick_leveled_compaction(version, without, {})), "nothing");
}

TEST(LeveledPolicy, DeletesThatMoveIntoAnEmptyLevelAreWrittenAnew) {
  Version version = tree("0 9: 9 a-f 50\n");
  set_deletes(version, 9, 10);
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "0:9 > 1");
}

TEST(LeveledPolicy, AFewDeletesAreNoReasonToRewriteALevel) {
  std::string text = "0 9: 9 a-z 50\n1 3:";
  for (char first = 'a'; first <= 'j'; ++first)
    text += " " + std::to_string(first) + " " + std::string(1, first) + "-" + first + "x 10";
  Version version = tree(text + "\n");  // ten tables of ten entries
  set_deletes(version, 9, 10);
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "nothing");
  set_deletes(version, 9, 27);
  EXPECT_NE(text_of(pick_leveled_compaction(version, small_tree(), {})), "nothing");
}

TEST(LeveledPolicy, ARangeTakesWhatHasKeysInIt) {
  const Version version = tree("1 3: 1 a-c 100 2 e-h 100 3 x-z 100\n2 2: 5 a-k 100\n");
  const Bytes lower = "d";
  const Bytes upper = "f";
  bool is_blocked = false;
  EXPECT_EQ(text_of(plan_range_compaction(version, 1, &lower, &upper, 10'000, {}, &is_blocked)),
            "1:2 2:5 > 2");
  EXPECT_FALSE(is_blocked);
  EXPECT_EQ(text_of(plan_range_compaction(version, 1, &lower, &upper, 10'000, {5}, &is_blocked)), "nothing");
  EXPECT_TRUE(is_blocked);
  const Bytes above = "zz";
  EXPECT_EQ(text_of(plan_range_compaction(version, 1, &above, nullptr, 10'000, {}, &is_blocked)), "nothing");
  EXPECT_FALSE(is_blocked);
}

TEST(LeveledPolicy, RandomTreesComeToRestAndStayWhole) {
  const SeedScope seed(11);
  Random random(seed.seed());
  size_t plan_count = 0;
  for (int round = 0; round < 300; ++round) {
    Version version(5);
    uint64_t number = 1;
    for (int step = 0; step < 25; ++step) {
      wombat::Run run;
      run.id = ++number;
      const char first = static_cast<char>('a' + random.below(20));
      const char last = static_cast<char>(first + random.below(6));
      run.tables.push_back(
          table(++number, std::string(1, first), std::string(1, last), 50 + random.below(600)));
      version.levels[0].runs.insert(version.levels[0].runs.begin(), run);
      for (int plans = 0;; ++plans) {
        const std::optional<CompactionPlan> plan = pick_leveled_compaction(version, small_tree(), {});
        if (!plan) break;
        ASSERT_LT(plans, 200) << "the policy never rests";
        carry_out(&version, *plan, ++number);
        ++plan_count;
        const Status checked = version.check();
        ASSERT_TRUE(checked) << checked.to_string() << " after " << text_of(plan);
      }
      ASSERT_LE(version.levels[0].runs.size(), small_tree().level0_count_max);
    }
  }
  EXPECT_GT(plan_count, 3000u);
}

/// Changes what is known of a table.
template <typename Change>
void change_table(Version& version, uint64_t number, Change change) {
  for (Level& level : version.levels) {
    for (wombat::Run& run : level.runs) {
      for (TablePtr& one : run.tables) {
        if (one->info.number != number) continue;
        TableInfo info = one->info;
        change(info);
        one = std::make_shared<TableHandle>(info);
      }
    }
  }
}

TEST(LeveledPolicy, WhatHasExpiredIsRewrittenInPlace) {
  Version version = tree("1 3: 1 a-c 60 2 e-h 60\n4 2: 5 a-z 600\n");
  for (const uint64_t number : {1u, 5u}) {
    change_table(version, number, [](TableInfo& info) {
      info.expiring_count = 10;
      info.expiry_min_us = 1000;
      info.expiry_max_us = 2000;
    });
  }
  CompactionOptions options = small_tree();
  EXPECT_EQ(next_expiry_us(version, options), 1501u);
  options.now_us = 1400;
  EXPECT_EQ(text_of(pick_leveled_compaction(version, options, {})), "nothing");
  options.now_us = 1501;
  EXPECT_EQ(text_of(pick_leveled_compaction(version, options, {})), "1:1 > 1");
  EXPECT_EQ(text_of(pick_leveled_compaction(version, options, {1})), "4:5 > 4");  // the deepest level as well
  options.now_us = 2000;
  EXPECT_EQ(expired_count(version.levels[1].runs[0].tables[0]->info, options.now_us), 10u);
  options.delete_ratio = 0;
  EXPECT_EQ(text_of(pick_leveled_compaction(version, options, {})), "nothing");
  EXPECT_FALSE(next_expiry_us(version, options));
}

TEST(LeveledPolicy, RangeDeletesGoDownWhenTheyHideMuch) {
  Version version = tree("1 3: 1 a-h 20\n2 2: 5 a-c 600 6 d-h 600\n");
  const auto hide = [&](uint64_t bytes) {
    change_table(version, 1, [bytes](TableInfo& info) {
      info.range_count = 1;
      info.range_bytes = bytes;
    });
  };
  hide(100);
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "nothing");
  hide(600);
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "1:1 2:5 2:6 > 2");
}

TEST(LeveledPolicy, TheEntryThatKeepsRangeDeletesCompanyIsNoReason) {
  Version version = tree("1 3: 1 a-h 20\n2 2: 5 a-c 600\n");
  change_table(version, 1, [](TableInfo& info) {
    info.entry_count = 1;
    info.delete_count = 1;
  });
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "1:1 2:5 > 2");
  change_table(version, 1, [](TableInfo& info) { info.range_count = 1; });
  EXPECT_EQ(text_of(pick_leveled_compaction(version, small_tree(), {})), "nothing");
}

}  // namespace

}  // namespace wombat
