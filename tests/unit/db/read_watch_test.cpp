#include "db/read_watch.h"

#include <gtest/gtest.h>

namespace wombat {

namespace {

TEST(ReadWatch, KnowsNothingBeforeTheFirstFlush) { EXPECT_FALSE(ReadWatch().reads_are_rare()); }

TEST(ReadWatch, ReadsAreRareWhenFewComeToManyWrites) {
  ReadWatch watch;
  watch.note(0, 0, 8000);
  EXPECT_TRUE(watch.reads_are_rare());
  watch.note(1000, 0, 16'000);
  EXPECT_TRUE(watch.reads_are_rare());
  watch.note(2001, 0, 24'000);
  EXPECT_FALSE(watch.reads_are_rare());
}

TEST(ReadWatch, OnlyWhatCameSinceTheLastFlushCounts) {
  ReadWatch watch;
  watch.note(1'000'000, 1'000'000, 10);
  EXPECT_FALSE(watch.reads_are_rare());
  watch.note(1'000'001, 1'000'000, 10'000);
  EXPECT_TRUE(watch.reads_are_rare());
}

TEST(ReadWatch, ASeekCountsAsSeveralGets) {
  ReadWatch watch;
  watch.note(0, 251, 8000);
  EXPECT_FALSE(watch.reads_are_rare());
  watch.note(0, 500, 16'000);
  EXPECT_TRUE(watch.reads_are_rare());
}

}  // namespace

}  // namespace wombat
