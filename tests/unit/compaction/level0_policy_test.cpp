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

std::string picked(const std::string& text, const BusyTables& busy = {}) {
  return text_of(pick_level0_compaction(tree(text), three_runs(), busy));
}

std::string at_rest(const std::string& text, const BusyTables& busy = {}) {
  return text_of(plan_level0_at_rest(tree(text), three_runs(), busy));
}

constexpr char kSimilarRuns[] = "0 9: 9 a-f 50\n0 8: 8 b-g 60\n0 7: 7 a-z 50\n1 0: 1 a-z 10000\n";

TEST(Level0Policy, RunsOfSimilarSizeAreMergedWithEachOtherWhileLevelOneIsMuchLarger) {
  EXPECT_EQ(picked(kSimilarRuns), "0:9 0:8 0:7 > 0");
  EXPECT_EQ(pick_level0_compaction(tree(kSimilarRuns), three_runs(), {})->output_run_id, 9u);
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

/// Flushes of about one size over the whole key space, carried out on the data; returns bytes written by
/// merges a byte flushed.
double amplification_of_a_load(Random& random, size_t flush_count, size_t* run_count_max) {
  CompactionOptions options = three_runs();
  options.min_compaction_files = 4;
  options.level0_count_max = 10;
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
  EXPECT_LT(amplification_of_a_load(random, 90, &run_count_max), 4.5);  // 90 flushes of 64 MiB: 5.8 GB
  EXPECT_LE(run_count_max, 10u);
}

}  // namespace

}  // namespace wombat
