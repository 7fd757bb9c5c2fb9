#include "kv/range_set.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "kv/batch_ranges.h"
#include "support/seed.h"
#include "unit/kv/entry_list.h"

namespace wombat {
namespace {

using test::random_key;

struct OneRange {
  std::string lower;
  std::optional<std::string> upper;
  Timestamp timestamp;
  bool holds(const std::string& key) const { return key >= lower && (!upper || key < *upper); }
};

RangeSet set_of(const OneRange& range) {
  if (!range.upper) return RangeSet(range.lower, nullptr, range.timestamp);
  const Bytes upper(*range.upper);
  return RangeSet(range.lower, &upper, range.timestamp);
}

OneRange random_range(Random& random, Timestamp timestamp) {
  OneRange range{random_key(random), random_key(random), timestamp};
  if (*range.upper < range.lower) std::swap(*range.upper, range.lower);
  if (random.one_in(12)) range.upper.reset();
  return range;
}

Timestamp cover_of(const std::vector<OneRange>& ranges, const std::string& key, Timestamp at) {
  Timestamp newest = 0;
  for (const OneRange& range : ranges)
    if (range.holds(key) && range.timestamp <= at) newest = std::max(newest, range.timestamp);
  return newest;
}

void check_order(const RangeSet& set) {
  const std::vector<RangeSet::Fragment>& all = set.fragments();
  for (size_t i = 0; i < all.size(); ++i) {
    ASSERT_FALSE(all[i].timestamps.empty());
    ASSERT_TRUE(std::is_sorted(all[i].timestamps.rbegin(), all[i].timestamps.rend()));
    if (all[i].has_upper) {
      ASSERT_LT(all[i].lower, all[i].upper);
    } else {
      ASSERT_EQ(i, all.size() - 1);
    }
    if (i > 0) {
      ASSERT_LE(all[i - 1].upper, all[i].lower);
    }
  }
}

TEST(RangeSet, CoversWhatItsRangeDeletesDo) {
  Random random(test_seed(21));
  for (int round = 0; round < 300; ++round) {
    std::vector<OneRange> ranges;
    std::vector<RangeSet> sets;
    const size_t count = random.below(12);
    for (size_t i = 0; i < count; ++i) {
      ranges.push_back(random_range(random, 1 + random.below(20)));
      sets.push_back(set_of(ranges.back()));
    }
    const RangeSet all = RangeSet::join(std::move(sets));
    check_order(all);
    const std::string low = random_key(random);
    const std::string high = low + random_key(random);
    const Bytes lower(low);
    const Bytes upper(high);
    const RangeSet part = all.cut(&lower, &upper);
    check_order(part);
    for (int i = 0; i < 60; ++i) {
      const std::string key = random_key(random);
      const Timestamp at = random.below(22);
      const Timestamp cover = cover_of(ranges, key, at);
      ASSERT_EQ(all.cover(key, at), cover);
      const RangeSet::Segment segment = all.segment(key, at);
      ASSERT_TRUE(segment.holds(key));
      ASSERT_EQ(segment.cover, cover);
      ASSERT_EQ(part.cover(key, at), key >= low && key < high ? cover : 0);
    }
  }
}

TEST(RangeSet, NeighboursOfEqualTimestampsAreOne) {
  const Bytes b("b");
  const Bytes d("d");
  const RangeSet set = RangeSet::join(RangeSet("a", &b, 5), RangeSet("b", &d, 5));
  ASSERT_EQ(set.fragments().size(), 1u);
  EXPECT_EQ(set.fragments()[0].upper, "d");
  EXPECT_TRUE(RangeSet("b", &b, 5).empty());
  EXPECT_TRUE(RangeSet("c", &b, 5).empty());
}

TEST(RangeSet, TheKeyAfterAKeyIsTheNextOne) {
  EXPECT_EQ(key_after("a"), std::string("a\0", 2));
  std::string longest(kKeySizeMax, 'x');
  std::string next = longest;
  next.back() = 'y';
  EXPECT_EQ(key_after(longest), next);
  longest.back() = '\xFF';
  next.pop_back();
  next.back() = 'y';
  EXPECT_EQ(key_after(longest), next);
  EXPECT_FALSE(key_after(std::string(kKeySizeMax, '\xFF')));
}

TEST(RangeSet, TheEndOfARangeDeleteIsCheckedWhenRead) {
  const Bytes end("end");
  Bytes upper;
  bool has_upper = false;
  const std::string encoded = encode_range_end(&end);
  ASSERT_TRUE(decode_range_end(encoded, &upper, &has_upper));
  EXPECT_TRUE(has_upper);
  EXPECT_EQ(upper, end);
  ASSERT_TRUE(decode_range_end(encode_range_end(nullptr), &upper, &has_upper));
  EXPECT_FALSE(has_upper);
  EXPECT_FALSE(decode_range_end("", &upper, &has_upper));
  EXPECT_FALSE(decode_range_end(std::string("\2x"), &upper, &has_upper));
  EXPECT_FALSE(decode_range_end(std::string("\1x"), &upper, &has_upper));
  EXPECT_FALSE(decode_range_end(std::string(kKeySizeMax + 2, '\0'), &upper, &has_upper));
}

TEST(BatchRanges, OnlyLaterRangeDeletesTakeBack) {
  BatchRanges ranges;
  const Bytes m("m");
  ranges.add(3, 0, "c", &m);
  ranges.add(6, 0, "k", nullptr);
  ranges.finish();
  EXPECT_TRUE(ranges.hides(2, 0, "d"));
  EXPECT_FALSE(ranges.hides(4, 0, "d"));
  EXPECT_TRUE(ranges.hides(5, 0, "l"));
  EXPECT_FALSE(ranges.hides(7, 0, "l"));
  EXPECT_FALSE(ranges.hides(0, 0, "b"));
  EXPECT_FALSE(ranges.hides(2, 1, "d")) << "of another keyspace";
  EXPECT_FALSE(BatchRanges().hides(0, 0, "b"));
}

}  // namespace
}  // namespace wombat
