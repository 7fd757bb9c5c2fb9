#include "version/version.h"

#include <gtest/gtest.h>

#include "tree_maker.h"

namespace wombat {
namespace {

Run make_run(uint64_t id, std::vector<TableInfo> tables) {
  Run run;
  run.id = id;
  for (const TableInfo& info : tables) run.tables.push_back(make_table(info));
  return run;
}

std::vector<uint64_t> numbers(const std::vector<TablePtr>& tables) {
  std::vector<uint64_t> result;
  for (const TablePtr& table : tables) result.push_back(table->info.number);
  return result;
}

TEST(VersionTest, FindGivesTheFirstTableThatEndsAtOrAfterTheKey) {
  const wombat::Run run =
      make_run(1, {table_info(1, "b", "d"), table_info(2, "f", "f"), table_info(3, "h", "k")});
  EXPECT_EQ(run.find(""), 0u);
  EXPECT_EQ(run.find("b"), 0u);
  EXPECT_EQ(run.find("d"), 0u);
  EXPECT_EQ(run.find("d1"), 1u);
  EXPECT_EQ(run.find("f"), 1u);
  EXPECT_EQ(run.find("g"), 2u);
  EXPECT_EQ(run.find("k"), 2u);
  EXPECT_EQ(run.find("k1"), 3u);
  EXPECT_EQ(wombat::Run().find("a"), 0u);
}

TEST(VersionTest, FindComparesBytesAsUnsigned) {
  const wombat::Run run = make_run(1, {table_info(1, "a", "\x7F"), table_info(2, "\x80", "\xFF")});
  EXPECT_EQ(run.find("\x80"), 1u);
}

TEST(VersionTest, OverlappingIncludesBothBounds) {
  const wombat::Run run =
      make_run(1, {table_info(1, "b", "d"), table_info(2, "f", "f"), table_info(3, "h", "k")});
  const auto find = [&run](const char* lower, const char* upper) {
    const Bytes lower_bytes = lower == nullptr ? "" : lower;
    const Bytes upper_bytes = upper == nullptr ? "" : upper;
    return numbers(Version::overlapping(run, lower == nullptr ? nullptr : &lower_bytes,
                                        upper == nullptr ? nullptr : &upper_bytes));
  };
  using Numbers = std::vector<uint64_t>;
  EXPECT_EQ(find(nullptr, nullptr), (Numbers{1, 2, 3}));
  EXPECT_EQ(find("d", "f"), (Numbers{1, 2}));
  EXPECT_EQ(find("e", "e"), Numbers{});
  EXPECT_EQ(find("d1", "g"), Numbers{2});
  EXPECT_EQ(find(nullptr, "a"), Numbers{});
  EXPECT_EQ(find(nullptr, "b"), Numbers{1});
  EXPECT_EQ(find("k", nullptr), Numbers{3});
  EXPECT_EQ(find("k1", nullptr), Numbers{});
  EXPECT_EQ(find("", "z"), (Numbers{1, 2, 3}));
  EXPECT_EQ(find("z", "a"), Numbers{}) << "an empty range";
}

TEST(VersionTest, KeyMayExistBelowLooksOnlyDeeper) {
  Version version(4);
  version.levels[0].runs = {make_run(9, {table_info(1, "a", "z")})};
  version.levels[1].runs = {make_run(5, {table_info(2, "c", "d")})};
  version.levels[3].runs = {make_run(3, {table_info(3, "m", "n")}), make_run(2, {table_info(4, "p", "p")})};
  EXPECT_TRUE(version.key_may_exist_below(0, "c"));
  EXPECT_FALSE(version.key_may_exist_below(0, "e"));
  EXPECT_FALSE(version.key_may_exist_below(1, "c"));
  EXPECT_TRUE(version.key_may_exist_below(1, "p"));
  EXPECT_TRUE(version.key_may_exist_below(2, "n"));
  EXPECT_FALSE(version.key_may_exist_below(2, "o"));
  EXPECT_FALSE(version.key_may_exist_below(3, "m"));
}

TEST(VersionTest, SumsAddUp) {
  Version version(2);
  version.levels[0].runs = {make_run(2, {table_info(1, "a", "b")}), make_run(1, {table_info(2, "a", "b")})};
  version.levels[1].runs = {make_run(3, {table_info(3, "a", "b"), table_info(4, "c", "d")})};
  EXPECT_EQ(version.table_count(), 4u);
  EXPECT_EQ(version.bytes(), 4010u);
  EXPECT_EQ(version.levels[0].bytes(), 2003u);
  EXPECT_EQ(version.levels[1].table_count(), 2u);
  EXPECT_TRUE(version.check());
}

class VersionCheckTest : public ::testing::Test {
 protected:
  void expect_refused(const char* phrase) {
    const Status status = version_.check();
    EXPECT_EQ(status.code(), Code::kCorruption);
    EXPECT_NE(status.message().find(phrase), Bytes::npos) << status.to_string();
  }
  Version version_{2};
};

TEST_F(VersionCheckTest, TablesOfARunThatShareAKeyAreRefused) {
  version_.levels[1].runs = {make_run(1, {table_info(7, "a", "c"), table_info(8, "c", "d")})};
  expect_refused("table 7 [\"a\", \"c\"] is not before table 8 [\"c\", \"d\"]");
}

TEST_F(VersionCheckTest, TablesOutOfOrderAreRefused) {
  version_.levels[1].runs = {make_run(1, {table_info(7, "e", "f"), table_info(8, "c", "d")})};
  expect_refused("is not before");
}

TEST_F(VersionCheckTest, ATableWithItsKeysTheWrongWayRoundIsRefused) {
  version_.levels[1].runs = {make_run(1, {table_info(7, "f", "e")})};
  expect_refused("smallest key");
}

TEST_F(VersionCheckTest, RunsThatAreNotNewestFirstAreRefused) {
  version_.levels[0].runs = {make_run(1, {table_info(7, "a", "c")}), make_run(2, {table_info(8, "a", "c")})};
  expect_refused("is not newer");
  version_.levels[0].runs = {make_run(2, {table_info(7, "a", "c")}), make_run(2, {table_info(8, "a", "c")})};
  expect_refused("is not newer");
}

TEST_F(VersionCheckTest, ATableInTwoPlacesIsRefused) {
  version_.levels[0].runs = {make_run(1, {table_info(7, "a", "c")})};
  version_.levels[1].runs = {make_run(1, {table_info(7, "a", "c")})};
  expect_refused("table 7 stands in two places");
}

TEST_F(VersionCheckTest, AnEmptyRunIsRefused) {
  version_.levels[0].runs = {make_run(1, {})};
  expect_refused("no tables");
}

}  // namespace
}  // namespace wombat
