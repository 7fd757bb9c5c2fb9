#include "compaction/cold_policy.h"

#include <gtest/gtest.h>

#include "unit/compaction/tree_text.h"

namespace wombat {
namespace {

constexpr uint64_t kSecond = 1'000'000;

/// Numbers of tables become the seconds when they were written; tables of 100 and more are cold.
Version timed(const std::string& text) {
  Version version = tree(text);
  for (Level& level : version.levels) {
    for (Run& run : level.runs) {
      for (TablePtr& table : run.tables) {
        TableInfo info = table->info;
        info.newest_us = info.number % 100 * kSecond;
        info.is_cold = info.number >= 100;
        table = std::make_shared<TableHandle>(info);
      }
    }
  }
  return version;
}

const char kTree[] =
    "0 9: 9 a-z 1\n"
    "1 1: 7 a-c 1 107 d-f 1\n"
    "2 1: 5 a-c 1 6 d-f 1 105 g-h 1\n";

ColdRules of_level(uint32_t level) {
  ColdRules rules;
  rules.level = level;
  return rules;
}
ColdRules of_age(uint64_t age_s, uint64_t now_s) {
  ColdRules rules;
  rules.age_us = age_s * kSecond;
  rules.now_us = now_s * kSecond;
  return rules;
}

TEST(ColdPolicyTest, WithoutRulesNothingMoves) {
  EXPECT_FALSE(plan_cold_move(timed(kTree), ColdRules(), {}));
  EXPECT_FALSE(next_cold_us(timed(kTree), ColdRules()));
  EXPECT_FALSE(belongs_in_cold(5, 1, ColdRules()));
}

TEST(ColdPolicyTest, TablesOfALevelAndBelowGoDeepestFirst) {
  const Version version = timed(kTree);
  auto plan = plan_cold_move(version, of_level(1), {});
  EXPECT_EQ(text_of(plan), "2:5 > 2");
  EXPECT_EQ(plan->output_run_id, 1u);
  EXPECT_TRUE(plan->is_cold_move);
  EXPECT_LT(plan->score, 0.1);
  EXPECT_EQ(text_of(plan_cold_move(version, of_level(1), {5})), "2:6 > 2");
  EXPECT_EQ(text_of(plan_cold_move(version, of_level(1), {5, 6})), "1:7 > 1");
  EXPECT_FALSE(plan_cold_move(version, of_level(1), {5, 6, 7}));
  EXPECT_FALSE(plan_cold_move(version, of_level(3), {}));
  EXPECT_FALSE(plan_cold_move(version, of_level(1), {kDeepRunsBusy}));
  EXPECT_EQ(next_cold_us(version, of_level(1)), 0u);
  EXPECT_FALSE(next_cold_us(version, of_level(3)));
}

TEST(ColdPolicyTest, OldTablesGoAndYoungerOnesAreAwaited) {
  const Version version = timed(kTree);
  EXPECT_EQ(text_of(plan_cold_move(version, of_age(10, 15), {})), "2:5 > 2");
  EXPECT_FALSE(plan_cold_move(version, of_age(10, 15), {5}));
  EXPECT_EQ(text_of(plan_cold_move(version, of_age(10, 19), {5, 6, 7})), "0:9 > 0");
  EXPECT_EQ(next_cold_us(version, of_age(10, 14)), 15 * kSecond);
  EXPECT_EQ(next_cold_us(version, of_age(10, 15)), 0u);
  EXPECT_FALSE(plan_cold_move(version, of_age(1, 3), {})) << "a clock that was set back";
}

TEST(ColdPolicyTest, TablesOfUnknownAgeStay) {
  const Version version = tree("1 1: 7 a-c 1");
  EXPECT_FALSE(plan_cold_move(version, of_age(1, 1000), {}));
  EXPECT_FALSE(next_cold_us(version, of_age(1, 1000)));
  EXPECT_TRUE(plan_cold_move(version, of_level(1), {}));
}

}  // namespace
}  // namespace wombat
