#include "table/range_section.h"

#include <gtest/gtest.h>

namespace wombat {
namespace {

RangeSet example() {
  const Bytes d("d");
  const Bytes f("f");
  const RangeSet bounded = RangeSet::join(RangeSet("a", &d, 5), RangeSet("c", &f, 9));
  return RangeSet::join(bounded, RangeSet("x", nullptr, 7));
}

TEST(RangeSection, IsReadAsItWasWritten) {
  const RangeSet ranges = example();
  const Result<RangeSet> read = decode_range_section(encode_range_section(ranges), 64, "7.table");
  ASSERT_TRUE(read) << read.status().to_string();
  EXPECT_EQ(read.value().fragments(), ranges.fragments());
}

TEST(RangeSection, EveryCutIsFound) {
  const std::string bytes = encode_range_section(example());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Result<RangeSet> read = decode_range_section(Bytes(bytes).substr(0, size), 64, "7.table");
    ASSERT_FALSE(read) << size;
    ASSERT_EQ(read.status().code(), Code::kCorruption);
  }
  EXPECT_FALSE(decode_range_section(bytes + "x", 64, "7.table"));
}

/// Whatever a byte is changed to: refused, or still in order.
TEST(RangeSection, ChangedBytesLeaveOrderOrAreRefused) {
  const std::string bytes = encode_range_section(example());
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const int change : {1, 0x80, 0xFF}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      const Result<RangeSet> read = decode_range_section(damaged, 64, "7.table");
      if (!read) continue;
      const std::vector<RangeSet::Fragment>& all = read.value().fragments();
      for (size_t i = 0; i < all.size(); ++i) {
        ASSERT_TRUE(!all[i].has_upper || all[i].lower < all[i].upper);
        ASSERT_TRUE(i == 0 || (all[i - 1].has_upper && all[i - 1].upper <= all[i].lower));
      }
    }
  }
}

TEST(RangeSection, KeysOfATableReachAsFarAsItsRangeDeletes) {
  TableProperties properties;
  properties.smallest_key = "b";
  properties.largest_key = "c";
  const Bytes d("d");
  include_ranges(RangeSet("a", &d, 5), &properties);
  EXPECT_EQ(properties.smallest_key, "a");
  EXPECT_EQ(properties.largest_key, "d");
  EXPECT_EQ(properties.range_count, 1u);
  const Bytes after("e\0", 2);
  include_ranges(RangeSet("c", &after, 5), &properties);
  EXPECT_EQ(properties.largest_key, "e");  // the last key below the bound
}

}  // namespace
}  // namespace wombat
