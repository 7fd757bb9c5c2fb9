#include "txn/recent_writes.h"

#include <gtest/gtest.h>

namespace wombat {

namespace {

ReadSet reader_of(Bytes key) {
  ReadSet reads;
  reads.add_key(0, key, 1);
  return reads;
}

TEST(RecentWrites, FindsTheFirstWriteOfWhatWasReadSinceThen) {
  RecentWrites writes;
  writes.begin(10);
  writes.note({0, "a", false, {}}, 11);
  writes.note({0, "b", false, {}}, 12);
  writes.note({1, "c", false, {}}, 12);
  writes.note({0, "b", false, {}}, 13);
  EXPECT_TRUE(writes.covers(10));
  EXPECT_FALSE(writes.covers(9));
  ASSERT_TRUE(writes.find(reader_of("b"), 10));
  EXPECT_EQ(writes.find(reader_of("b"), 10)->at, 12u);
  EXPECT_EQ(writes.find(reader_of("b"), 12)->at, 13u);
  EXPECT_FALSE(writes.find(reader_of("b"), 13));
  EXPECT_FALSE(writes.find(reader_of("a"), 11));
  EXPECT_FALSE(writes.find(reader_of("c"), 10)) << "another keyspace";
}

TEST(RecentWrites, DeletedRangesMeetKeysAndRanges) {
  RecentWrites writes;
  writes.begin(0);
  writes.note({0, "b", true, Bytes("d")}, 1);
  writes.note({0, "x", true, {}}, 2);
  EXPECT_TRUE(writes.find(reader_of("c"), 0));
  EXPECT_FALSE(writes.find(reader_of("d"), 0));
  EXPECT_TRUE(writes.find(reader_of("zzz"), 0));
  ReadSet reads;
  reads.add_range({0, "d", "f"});
  EXPECT_FALSE(writes.find(reads, 0));
  reads.add_range({0, "a", "b\x01"});
  EXPECT_TRUE(writes.find(reads, 0));
}

TEST(RecentWrites, NotesEndWithTheLastWatcher) {
  RecentWrites writes;
  EXPECT_FALSE(writes.is_watched());
  {
    const RecentWrites::Watch watch(writes);
    const RecentWrites::Watch other(writes);
    EXPECT_TRUE(writes.is_watched());
  }
  EXPECT_FALSE(writes.is_watched());
  writes.begin(5);
  writes.note({0, "a", false, {}}, 6);
  writes.pause();
  EXPECT_FALSE(writes.covers(5));
  writes.begin(9);
  EXPECT_FALSE(writes.covers(5));
  EXPECT_TRUE(writes.covers(9));
  EXPECT_FALSE(writes.find(reader_of("a"), 0));
}

TEST(RecentWrites, TooManyBeginAnew) {
  RecentWrites writes;
  writes.begin(0);
  const std::string key(1000, 'k');
  Timestamp at = 0;
  while (writes.covers(0)) writes.note({0, key, false, {}}, ++at);
  EXPECT_GT(at, 1000u);
  EXPECT_TRUE(writes.covers(at));
  EXPECT_FALSE(writes.find(reader_of(key), at));
  writes.note({0, key, false, {}}, at + 1);
  EXPECT_TRUE(writes.find(reader_of(key), at));
}

}  // namespace

}  // namespace wombat
