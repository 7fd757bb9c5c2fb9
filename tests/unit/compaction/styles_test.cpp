// The tiered styles and fifo: what each picks from a given tree.
#include <gtest/gtest.h>

#include "compaction/compaction_policy.h"
#include "compaction/fifo_policy.h"
#include "compaction/plan_parts.h"
#include "compaction/size_tiered_policy.h"
#include "compaction/split_keys.h"
#include "compaction/universal_policy.h"
#include "unit/compaction/tree_text.h"

namespace wombat {

namespace {

CompactionOptions style(CompactionStyle style) {
  CompactionOptions options;
  options.style = style;
  options.min_compaction_files = 3;
  options.base_size_bytes = 1000;
  options.table_size_bytes = 100;
  return options;
}

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

TEST(SizeTiered, SimilarNeighboursAreMerged) {
  const CompactionOptions options = style(CompactionStyle::kSizeTiered);
  EXPECT_EQ(text_of(pick_compaction(tree("0 9: 9 a-z 50\n0 8: 8 a-z 50\n"), options, {})), "nothing");
  const Version version = tree("0 9: 9 a-z 50\n0 8: 8 a-z 60\n0 7: 7 a-z 40\n0 6: 6 a-z 900\n");
  const std::optional<CompactionPlan> plan = pick_compaction(version, options, {});
  EXPECT_EQ(text_of(plan), "0:9 0:8 0:7 > 0");
  EXPECT_EQ(plan->output_run_id, 7u);
  EXPECT_FALSE(plan->takes_deep_runs);
  EXPECT_EQ(text_of(pick_compaction(version, options, {8})), "nothing");
  EXPECT_EQ(size_tiered_backlog(version, options), 3u);
  EXPECT_EQ(size_tiered_debt(version, options), 150u);
}

TEST(SizeTiered, RunsThatShareNoKeysAreMoved) {
  const Version version = tree("0 9: 9 a-b 50\n0 8: 8 e-f 60\n0 7: 7 c-d 40\n");
  EXPECT_EQ(text_of(pick_compaction(version, style(CompactionStyle::kSizeTiered), {})),
            "0:9 0:8 0:7 > 0 moved");
}

TEST(SizeTiered, WhatLeveledHasLeftTakesPart) {
  const Version version = tree("0 9: 9 a-z 500\n0 8: 8 a-z 600\n2 0: 1 a-f 200 2 g-z 250\n");
  const std::optional<CompactionPlan> plan =
      pick_compaction(version, style(CompactionStyle::kSizeTiered), {});
  EXPECT_EQ(text_of(plan), "0:9 0:8 2:1 2:2 > 2");
  EXPECT_TRUE(plan->takes_deep_runs);
  // A job at one table of the deeper levels keeps all of them out.
  EXPECT_EQ(text_of(pick_compaction(version, style(CompactionStyle::kSizeTiered), {2})), "nothing");
  EXPECT_EQ(text_of(pick_compaction(version, style(CompactionStyle::kSizeTiered), {kDeepRunsBusy})),
            "nothing");
}

TEST(SizeTiered, RunsOfAllSizesDoNotCollectForEver) {
  Version version(5);
  for (uint64_t i = 0; i < 24; ++i) {
    wombat::Run run;
    run.id = 100 - i;
    run.tables.push_back(table(100 - i, "a", "z", uint64_t{10} << i));
    version.levels[0].runs.push_back(run);
  }
  EXPECT_EQ(text_of(pick_compaction(version, style(CompactionStyle::kSizeTiered), {})),
            "0:100 0:99 0:98 > 0");
}

TEST(Universal, EverythingIsMergedWhenItTakesTooMuchSpace) {
  CompactionOptions options = style(CompactionStyle::kUniversal);
  options.max_size_amplification_percent = 100;
  const Version version = tree("0 9: 9 a-z 60\n0 8: 8 a-z 20\n0 7: 7 a-z 70\n");
  EXPECT_EQ(text_of(pick_compaction(version, options, {})), "0:9 0:8 0:7 > 0");
  EXPECT_EQ(text_of(pick_compaction(version, options, {7})), "0:9 0:8 > 0");  // what the ratio allows
  EXPECT_EQ(text_of(pick_compaction(version, options, {8})), "nothing");
  EXPECT_EQ(text_of(pick_compaction(tree("0 9: 9 a-z 60\n0 7: 7 a-z 70\n"), options, {})), "nothing");
}

TEST(Universal, RunsJoinNewerOnesOfTheirSize) {
  CompactionOptions options = style(CompactionStyle::kUniversal);
  options.max_size_amplification_percent = 1000;
  EXPECT_EQ(text_of(pick_compaction(tree("0 9: 9 a-z 10\n0 8: 8 a-z 11\n0 7: 7 a-z 70\n"), options, {})),
            "0:9 0:8 > 0");
  // None of the size: the newest, when there are twice as many.
  const std::string three = "0 9: 9 a-z 10\n0 8: 8 a-z 30\n0 7: 7 a-z 90\n";
  EXPECT_EQ(text_of(pick_compaction(tree(three), options, {})), "nothing");
  const std::string six = three + "0 6: 6 a-z 300\n0 5: 5 a-z 900\n0 4: 4 a-z 2000\n";
  EXPECT_EQ(text_of(pick_compaction(tree(six), options, {})), "0:9 0:8 > 0");
}

TEST(Fifo, TheOldestGoFirst) {
  CompactionOptions options = style(CompactionStyle::kFifo);
  const Version version = tree("0 9: 9 a-z 100\n0 8: 8 a-z 100\n0 7: 7 a-c 100 6 d-z 100\n2 0: 1 a-f 60\n");
  EXPECT_EQ(text_of(pick_compaction(version, options, {})), "nothing");
  options.fifo_max_size = 300;
  const std::optional<CompactionPlan> plan = pick_compaction(version, options, {});
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->is_drop);
  EXPECT_EQ(text_of(plan), "0:6 2:1 > 2");
  EXPECT_EQ(fifo_debt(version, options), 160u);
  // What is newer must not go before what is older.
  EXPECT_EQ(text_of(pick_compaction(version, options, {1})), "nothing");
  EXPECT_EQ(pressing_run_count(version, options), 0u);
}

TEST(Fifo, WhatIsTooOldGoesAndAllThatIsOlder) {
  CompactionOptions options = style(CompactionStyle::kFifo);
  Version version = tree("0 9: 9 a-z 100\n0 8: 8 a-z 100\n0 7: 7 a-c 100\n1 0: 1 a-f 60\n");
  change_table(version, 9, [](TableInfo& info) { info.newest_us = 5000; });
  change_table(version, 8, [](TableInfo& info) { info.newest_us = 3000; });  // of 7 and 1 nothing is known
  options.fifo_max_age_us = 1000;
  EXPECT_EQ(next_due_us(version, options), 4001u);
  options.now_us = 4000;
  EXPECT_EQ(text_of(pick_compaction(version, options, {})), "nothing");
  options.now_us = 4001;
  EXPECT_EQ(text_of(pick_compaction(version, options, {})), "0:8 0:7 1:1 > 1");
}

TEST(Styles, DeletesAreMergedWithAllThatIsOlder) {
  for (const CompactionStyle one : {CompactionStyle::kSizeTiered, CompactionStyle::kUniversal}) {
    CompactionOptions options = style(one);
    options.min_compaction_files = 10;
    options.max_size_amplification_percent = 10'000;
    Version version = tree("0 9: 9 a-z 50\n0 8: 8 a-z 60\n1 0: 1 a-z 900\n");
    EXPECT_EQ(text_of(pick_compaction(version, options, {})), "nothing");
    change_table(version, 8, [](TableInfo& info) { info.delete_count = 9; });
    EXPECT_EQ(text_of(pick_compaction(version, options, {})), "0:8 1:1 > 1");
    options.delete_ratio = 0;
    EXPECT_EQ(text_of(pick_compaction(version, options, {})), "nothing");
  }
}

TEST(Styles, DeletesThatWereHeldBackGoInPlace) {
  CompactionOptions options = style(CompactionStyle::kSizeTiered);
  Version version = tree("0 9: 9 a-z 50\n");
  change_table(version, 9, [](TableInfo& info) {
    info.delete_count = 9;
    info.timestamp_max = 7;
  });
  options.seen_by_all = 6;
  EXPECT_EQ(text_of(pick_compaction(version, options, {})), "nothing");
  options.seen_by_all = 7;
  EXPECT_EQ(text_of(pick_compaction(version, options, {})), "0:9 > 0");
}

TEST(Styles, WhereAScanSufferedAFewDeletesAreEnough) {
  CompactionOptions options = style(CompactionStyle::kLeveled);
  Version version = tree("1 3: 1 a-c 100 2 e-h 100\n2 2: 4 a-z 100\n");
  for (const uint64_t number : {1u, 2u}) {
    change_table(version, number, [](TableInfo& info) {
      info.entry_count = 1000;
      info.delete_count = 100;
    });
  }
  EXPECT_EQ(text_of(pick_compaction(version, options, {})), "nothing");
  options.dead_grounds.push_back({"f", "g"});
  EXPECT_EQ(text_of(pick_compaction(version, options, {})), "1:2 2:4 > 2");
  options.dead_grounds.back() = {"i", "j"};
  EXPECT_EQ(text_of(pick_compaction(version, options, {})), "nothing");
}

TEST(PlanParts, OlderThanAMergeIsWhatLiesBehindIt) {
  const Version version = tree("0 9: 9 a-z 1\n0 8: 8 a-m 1 88 n-z 1\n0 7: 7 a-z 1\n1 0: 1 a-z 1\n");
  CompactionPlan plan;
  plan.output_level = 0;
  plan.output_run_id = 8;
  plan.inputs.push_back({0, 8, {version.levels[0].runs[1].tables[0]}});
  const VersionPtr older = older_than(version, plan);
  ASSERT_EQ(older->table_count(), 2u);
  EXPECT_EQ(older->levels[0].runs[0].id, 7u);
  EXPECT_TRUE(older->key_may_exist_from(0, "b"));
  EXPECT_FALSE(older->key_may_exist_from(0, "~"));
}

TEST(SplitKeys, PartsBeginBehindTables) {
  const Version version = tree("0 9: 9 a-z 100\n1 0: 1 a-c 100 2 e-h 100 3 j-m 100 4 n-z 100\n");
  CompactionPlan plan;
  for (uint32_t level = 0; level < 2; ++level)
    plan.inputs.push_back({level, version.levels[level].runs[0].id, version.levels[level].runs[0].tables});
  EXPECT_TRUE(split_keys(plan, 1, 1).empty());
  EXPECT_TRUE(split_keys(plan, 4, 400).empty());
  const std::vector<std::string> two = split_keys(plan, 2, 100);
  ASSERT_EQ(two.size(), 1u);
  EXPECT_EQ(two[0], std::string("m\0", 2));
  const std::vector<std::string> many = split_keys(plan, 64, 1);
  EXPECT_EQ(many.size(), 3u);
  EXPECT_TRUE(std::is_sorted(many.begin(), many.end()));
}

/// What lies behind the longest key there can be is no end that a table could show (met by a random history).
TEST(SplitKeys, NoPartBeginsBehindTheLongestKey) {
  CompactionPlan plan;
  plan.inputs.push_back({1, 0, {}});
  for (const std::string& key : {std::string(kKeySizeMax, 'X'), std::string("Y"), std::string("Z")}) {
    TableInfo info;
    info.file_size = 100;
    info.smallest_key = info.largest_key = key;
    plan.inputs[0].tables.push_back(std::make_shared<TableHandle>(info));
  }
  EXPECT_EQ(split_keys(plan, 64, 1), std::vector<std::string>{std::string("Y\0", 2)});
}

}  // namespace

}  // namespace wombat
