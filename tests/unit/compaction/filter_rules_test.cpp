#include "compaction/filter_rules.h"

#include <gtest/gtest.h>

namespace wombat {

namespace {

TEST(FilterRules, TheLongestPrefixDecides) {
  Result<FilterRules> rules = FilterRules::parse("prefix=a drop, prefix=ab max_age_s=2 ; prefix=%00%2C drop");
  ASSERT_TRUE(rules) << rules.status().to_string();
  EXPECT_FALSE(rules->empty());
  EXPECT_FALSE(rules->concern("b"));
  ASSERT_TRUE(rules->concern("a"));
  EXPECT_TRUE(rules->judge("ax").drops);
  EXPECT_FALSE(rules->judge("abx").drops);
  EXPECT_EQ(rules->judge("abx").max_age_us, 2'000'000u);
  EXPECT_TRUE(rules->judge(Bytes("\0,x", 3)).drops);
}

TEST(FilterRules, AnEmptyPrefixIsAboutAllKeys) {
  Result<FilterRules> rules = FilterRules::parse("prefix= max_age_s=60");
  ASSERT_TRUE(rules);
  EXPECT_EQ(rules->judge("").max_age_us, 60'000'000u);
  EXPECT_TRUE(FilterRules::parse("")->empty());
  EXPECT_TRUE(FilterRules::parse(" , ; ")->empty());
}

TEST(FilterRules, WhatIsWrongIsNamed) {
  for (const char* text :
       {"drop", "prefix=a", "prefix=a keep", "prefix=a max_age_s=", "prefix=a max_age_s=-1",
        "prefix=a max_age_s=1x", "prefix=a drop drop", "prefix=%0 drop", "prefix=%zz drop",
        "prefix=a drop, prefix=a max_age_s=1", "prefix=a max_age_s=99999999999999999999"}) {
    Result<FilterRules> rules = FilterRules::parse(text);
    ASSERT_FALSE(rules) << text;
    EXPECT_EQ(rules.status().code(), Code::kInvalidArgument) << text;
  }
}

}  // namespace

}  // namespace wombat
