#include "compaction/level0_policy.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "support/seed.h"
#include "unit/compaction/tree_text.h"

namespace wombat {

namespace {

CompactionOptions three_runs() {
  CompactionOptions options;
  options.min_compaction_files = 3;
  options.level0_count_max = 8;
  options.base_size_bytes = 100'000;
  options.size_multiplier = 10;
  return options;
}

CompactionOptions three_runs_unread() {
  CompactionOptions options = three_runs();
  options.level0_count_max = 16;
  options.reads_are_rare = true;
  return options;
}

/// Runs over all keys, the newest first, above a level 1 of `level1_bytes`.
std::string runs_text(const std::vector<uint64_t>& sizes, uint64_t level1_bytes) {
  std::string text;
  uint64_t number = 90;
  for (const uint64_t size : sizes) {
    const std::string name = std::to_string(--number);
    text += "0 " + name + ": " + name + " a-z " + std::to_string(size) + "\n";
  }
  return text + "1 0: 1 a-z " + std::to_string(level1_bytes) + "\n";
}

std::string picked_unread(const std::vector<uint64_t>& sizes, uint64_t level1_bytes) {
  return text_of(pick_level0_compaction(tree(runs_text(sizes, level1_bytes)), three_runs_unread(), {}));
}

std::string picked(const std::string& text, const BusyTables& busy = {}) {
  return text_of(pick_level0_compaction(tree(text), three_runs(), busy));
}

std::string at_rest(const std::string& text, const BusyTables& busy = {}) {
  return text_of(plan_level0_at_rest(tree(text), three_runs(), busy));
}

constexpr char kSimilarRuns[] = "0 9: 9 a-f 50\n0 8: 8 b-g 60\n0 7: 7 a-z 50\n1 0: 1 a-z 10000\n";

TEST(Level0Policy, RunsOfSimilarSizeAreMergedWithEachOtherWhileLevelOneIsMuchLarger) {
  EXPECT_EQ(picked(kSimilarRuns), "0:9 0:8 0:7 > 0");
  EXPECT_EQ(pick_level0_compaction(tree(kSimilarRuns), three_runs(), {})->output_run_id, 7u);
}

/// A memtable that waits for its flush may have a number between theirs, when tables were taken in behind it.
TEST(Level0Policy, AMergedRunHasTheNumberOfTheOldest) {
  const CompactionPlan plan = *pick_level0_compaction(tree(kSimilarRuns), three_runs(), {});
  EXPECT_EQ(plan.output_run_id, plan.inputs.back().run_id);
}

TEST(Level0Policy, FewRunsStay) { EXPECT_EQ(picked("0 9: 9 a-f 50\n0 8: 8 b-g 60\n"), "nothing"); }

TEST(Level0Policy, AFairShareOfLevelOneGoesDown) {
  EXPECT_EQ(picked("0 9: 9 a-f 50\n0 8: 8 b-g 60\n0 7: 7 a-z 50\n1 0: 1 a-c 160 2 d-z 160\n"),
            "0:9 0:8 0:7 1:1 1:2 > 1");
}

TEST(Level0Policy, AQuarterOfTheSizeOfLevelOneGoesDown) {
  EXPECT_EQ(picked("0 9: 9 a-f 50\n0 8: 8 b-g 50\n0 7: 7 a-z 24900\n1 0: 1 a-z 90000\n"),
            "0:9 0:8 0:7 1:1 > 1");
}

TEST(Level0Policy, RunsThatOverlapNothingAreMoved) {
  EXPECT_EQ(picked("0 9: 9 g-h 50\n0 8: 8 e-f 60\n0 7: 7 c-d 50\n1 0: 1 a-b 10000\n"),
            "0:9 0:8 0:7 > 1 moved");
}

TEST(Level0Policy, AnOldLargeRunWaitsForItsLike) {
  EXPECT_EQ(picked("0 9: 9 a-f 50\n0 8: 8 b-g 50\n0 7: 7 a-z 50\n0 6: 6 a-z 900\n1 0: 1 a-z 10000\n"),
            "0:9 0:8 0:7 > 0");
  EXPECT_EQ(picked("0 9: 9 a-f 50\n0 8: 8 b-g 900\n0 7: 7 a-z 900\n0 6: 6 a-z 900\n1 0: 1 a-z 10000\n"),
            "0:9 0:8 0:7 0:6 > 0");
}

TEST(Level0Policy, WhatIsBehindABusyRunIsNotTouched) {
  const std::string runs = "0 9: 9 a-f 50\n0 8: 8 b-g 60\n0 7: 7 a-z 50\n0 6: 6 a-z 50\n1 0: 1 a-z 10000\n";
  EXPECT_EQ(picked(runs), "0:9 0:8 0:7 0:6 > 0");
  EXPECT_EQ(picked(runs, {6}), "0:9 0:8 0:7 > 0");
  EXPECT_EQ(picked(runs, {7}), "nothing");
  EXPECT_EQ(picked(runs, {9}), "nothing");
}

TEST(Level0Policy, TooManyRunsOfAllSizesGoDown) {
  std::string text;
  uint64_t bytes = 1;
  for (int i = 0; i < 8; ++i, bytes *= 3)
    text += "0 " + std::to_string(90 - i) + ": " + std::to_string(90 - i) + " a-z " + std::to_string(bytes) +
            "\n";
  text += "1 0: 1 a-z 50000\n";
  EXPECT_EQ(pick_level0_compaction(tree(text), three_runs(), {})->output_level, 1u);
  EXPECT_EQ(picked(text, {83}), "0:90 0:89 0:88 0:87 0:86 0:85 0:84 > 0");  // the oldest is busy
  EXPECT_EQ(picked(text.substr(text.find('\n') + 1)), "nothing");
}

TEST(Level0Policy, AtRestAllRunsGoDownWhenThatIsCheap) {
  EXPECT_EQ(at_rest("0 9: 9 a-f 60\n0 8: 8 b-g 60\n1 0: 1 a-z 1000\n"), "0:9 0:8 1:1 > 1");
  EXPECT_EQ(at_rest("0 9: 9 a-f 60\n"), "0:9 > 1 moved");
}

TEST(Level0Policy, AtRestRunsBecomeOneWhenGoingDownIsDear) {
  EXPECT_EQ(at_rest("0 9: 9 a-f 60\n0 8: 8 b-g 60\n1 0: 1 a-z 10000\n"), "0:9 0:8 > 0");
  EXPECT_EQ(at_rest("0 9: 9 a-f 60\n1 0: 1 a-z 10000\n"), "nothing");
  EXPECT_EQ(at_rest("0 9: 9 a-f 60\n0 8: 8 b-g 60\n1 0: 1 a-z 10000\n", {8}), "nothing");
  EXPECT_EQ(at_rest("1 0: 1 a-z 10000\n"), "nothing");
}

TEST(Level0Policy, UnreadRunsWaitForTwiceAsMany) {
  EXPECT_EQ(picked_unread({50, 50, 50, 50, 50}, 100), "nothing");
  EXPECT_EQ(picked_unread({50, 50, 50, 50, 50, 50}, 100), "0:89 0:88 0:87 0:86 0:85 0:84 > 0");
}

TEST(Level0Policy, UnreadRunsDoNotWaitForMoreThanHalfOfWhatIsTooMany) {
  const Version version = tree(runs_text({50, 50, 50, 50}, 100));
  CompactionOptions options = three_runs_unread();
  options.level0_count_max = 8;
  EXPECT_EQ(text_of(pick_level0_compaction(version, options, {})), "0:89 0:88 0:87 0:86 > 0");
  options.level0_count_max = 3;
  EXPECT_NE(text_of(pick_level0_compaction(version, options, {})), "nothing");
}

TEST(Level0Policy, UnreadRunsThatOverlapNothingAreMovedAtOnce) {
  EXPECT_EQ(
      text_of(pick_level0_compaction(tree("0 9: 9 g-h 50\n0 8: 8 e-f 60\n0 7: 7 c-d 50\n1 0: 1 a-b 10000\n"),
                                     three_runs_unread(), {})),
      "0:9 0:8 0:7 > 1 moved");
}

TEST(Level0Policy, UnreadRunsGoDownAtHalfTheSizeOfLevelOneOrTwiceWhatItHas) {
  const uint64_t sixth = 8400;  // six are more than half of 100,000
  const std::string all = "0:89 0:88 0:87 0:86 0:85 0:84 1:1 > 1";
  EXPECT_EQ(picked_unread({sixth, sixth, sixth, sixth, sixth, sixth}, 100), all);
  EXPECT_EQ(picked_unread({sixth, sixth, sixth, sixth, sixth, sixth}, 30'000), "nothing");
  EXPECT_EQ(picked_unread({10'100, 10'100, 10'100, 10'100, 10'100, 10'100}, 30'000), all);
  EXPECT_EQ(picked_unread({12'600, 12'600, 12'600, 12'600, 12'600, 12'600}, 90'000), all);
  EXPECT_EQ(picked_unread({12'400, 12'400, 12'400, 12'400, 12'400, 12'400}, 90'000), "nothing");
}

TEST(Level0Policy, UnreadRunsThatGoDownSoonAreNotMergedBefore) {
  EXPECT_EQ(picked_unread({2700, 2700, 2700, 2700, 2700, 2700}, 100), "0:89 0:88 0:87 0:86 0:85 0:84 > 0");
  EXPECT_EQ(picked_unread({2800, 2800, 2800, 2800, 2800, 2800}, 100), "nothing");
}

TEST(Level0Policy, TooManyUnreadRunsGoDown) {
  EXPECT_EQ(picked_unread(std::vector<uint64_t>(15, 2800), 100), "nothing");
  EXPECT_EQ(picked_unread(std::vector<uint64_t>(16, 2800), 100).substr(0, 5), "0:89 ");
}

/// Flushes of about one size over the whole key space, carried out on the data; returns bytes written by
/// merges a byte flushed.
double amplification_of_a_load(Random& random, bool is_read, size_t flush_count, size_t* run_count_max) {
  CompactionOptions options = three_runs();
  options.min_compaction_files = 4;
  options.level0_count_max = 20;
  options.reads_are_rare = !is_read;
  options.base_size_bytes = 6400;
  Version version(5);
  uint64_t number = 0;
  uint64_t flushed = 0;
  uint64_t written = 0;
  for (size_t flush = 0; flush < flush_count; ++flush) {
    wombat::Run run;
    run.id = ++number;
    run.tables.push_back(table(++number, "a", "z", 50 + random.below(30)));
    flushed += run.bytes();
    version.levels[0].runs.insert(version.levels[0].runs.begin(), run);
    *run_count_max = std::max(*run_count_max, version.levels[0].runs.size());
    while (const std::optional<CompactionPlan> plan = pick_level0_compaction(version, options, {})) {
      written += plan->input_bytes();
      carry_out(&version, *plan, ++number);
      EXPECT_TRUE(version.check()) << text_of(plan);
    }
  }
  return static_cast<double>(written) / static_cast<double>(flushed);
}

TEST(Level0Policy, AByteIsRewrittenFewTimesInALoad) {
  const SeedScope seed(5);
  Random random(seed.seed());
  size_t run_count_max = 0;
  EXPECT_LT(amplification_of_a_load(random, true, 90, &run_count_max), 4.5);  // 90 flushes of 64 MiB: 5.8 GB
  EXPECT_LE(run_count_max, 10u);
}

TEST(Level0Policy, AByteIsRewrittenLessWhenNobodyReads) {
  const SeedScope seed(5);
  Random random(seed.seed());
  size_t run_count_max = 0;
  EXPECT_LT(amplification_of_a_load(random, false, 160, &run_count_max),
            2.8);  // without one key written twice
  EXPECT_LE(run_count_max, 20u);
}

}  // namespace

}  // namespace wombat
