#include "kv/covered_iterator.h"

#include <gtest/gtest.h>

#include "kv/merging_iterator.h"
#include "support/seed.h"
#include "unit/kv/entry_list.h"

namespace wombat {
namespace {

using test::entry_of;
using test::EntryList;
using test::EntryListIterator;
using test::random_key;
using test::TestEntry;

RangeSetPtr random_ranges(Random& random, Timestamp first, Timestamp end) {
  RangeSet all;
  for (size_t count = random.below(4); count > 0; --count) {
    std::string lower = random_key(random);
    std::string upper = random_key(random);
    if (upper < lower) std::swap(lower, upper);
    const Bytes bound(upper);
    all = RangeSet::join(
        all, RangeSet(lower, random.one_in(10) ? nullptr : &bound, first + random.below(end - first)));
  }
  return std::make_shared<const RangeSet>(std::move(all));
}

/// A source whose entries and range deletes are of one stretch of time, as those of a memtable or a run.
struct Layer {
  EntryList entries;
  RangeSetPtr ranges;
};

Layer random_layer(Random& random, Timestamp first, Timestamp end) {
  Layer layer;
  for (size_t count = random.below(40); count > 0; --count)
    layer.entries.push_back({random_key(random), make_tag(first + random.below(end - first), Kind::kPut),
                             std::to_string(random.below(1000))});
  std::sort(layer.entries.begin(), layer.entries.end(), test::entry_less);
  layer.entries.erase(
      std::unique(layer.entries.begin(), layer.entries.end(),
                  [](const TestEntry& a, const TestEntry& b) { return a.key == b.key && a.tag == b.tag; }),
      layer.entries.end());
  layer.ranges = random_ranges(random, first, end);
  return layer;
}

/// The layers, newest first, as one iterator.
std::unique_ptr<Iterator> iterator_over(const std::vector<Layer>& layers, Timestamp at) {
  std::vector<std::unique_ptr<Iterator>> sources;
  CoverSets sets;
  for (const Layer& layer : layers) {
    sets.own = {layer.ranges};
    sources.push_back(make_covered_iterator(
        [&layer] { return std::make_unique<EntryListIterator>(layer.entries); }, sets, at));
    sets.newer.push_back(layer.ranges);
  }
  return make_merging_iterator(std::move(sources));
}

EntryList visible(const std::vector<Layer>& layers, Timestamp at) {
  EntryList all;
  for (const Layer& layer : layers) {
    for (const TestEntry& entry : layer.entries) {
      bool is_hidden = false;
      for (const Layer& other : layers)
        is_hidden |= other.ranges->cover(entry.key, at) > tag_timestamp(entry.tag);
      if (!is_hidden) all.push_back(entry);
    }
  }
  std::sort(all.begin(), all.end(), test::entry_less);
  return all;
}

TEST(CoveredIterator, ShowsWhatNoRangeDeleteHides) {
  Random random(test_seed(23));
  for (int round = 0; round < 400; ++round) {
    std::vector<Layer> layers;
    for (Timestamp first = 41; first >= 21; first -= 10)
      layers.push_back(random_layer(random, first, first + 10));
    const Timestamp at = 25 + random.below(30);
    // Entries later than `at` are there as well; what is hidden from a reader at `at` is not hidden from them.
    const EntryList expected = visible(layers, at);
    const std::unique_ptr<Iterator> iterator = iterator_over(layers, at);
    // The view of an entry holds for one more step.
    EntryList found;
    Bytes key_before;
    for (iterator->seek_first(); iterator->valid(); iterator->next()) {
      if (!found.empty()) {
        ASSERT_EQ(key_before, found.back().key);
      }
      found.push_back(entry_of(*iterator));
      key_before = iterator->key();
    }
    ASSERT_EQ(found, expected);
    found.clear();
    for (iterator->seek_last(); iterator->valid(); iterator->prev()) {
      if (!found.empty()) {
        ASSERT_EQ(key_before, found.back().key);
      }
      found.push_back(entry_of(*iterator));
      key_before = iterator->key();
    }
    std::reverse(found.begin(), found.end());
    ASSERT_EQ(found, expected);
    for (int i = 0; i < 30; ++i) {
      const TestEntry target{random_key(random), seek_tag(random.below(60)), ""};
      auto expect = std::lower_bound(expected.begin(), expected.end(), target, test::entry_less);
      iterator->seek(target.key, target.tag);
      for (int step = 0; step < 8; ++step) {
        ASSERT_EQ(iterator->valid(), expect != expected.end());
        if (!iterator->valid()) break;
        ASSERT_EQ(entry_of(*iterator), *expect);
        const bool forward = random.below(3) != 0;
        if (!forward && expect == expected.begin()) break;
        forward ? iterator->next() : iterator->prev();
        forward ? ++expect : --expect;
      }
    }
  }
}

/// Ground that a newer source has deleted costs a seek, not a step for each entry.
TEST(CoveredIterator, PassesDeletedGroundWithOneSeek) {
  EntryList entries = {{"a", make_tag(1, Kind::kPut), ""}};
  for (int i = 0; i < 1000; ++i)
    entries.push_back({"b" + std::to_string(1000 + i), make_tag(1, Kind::kPut), ""});
  entries.push_back({"c", make_tag(1, Kind::kPut), ""});
  const Bytes upper("c");
  CoverSets sets;
  sets.newer.push_back(std::make_shared<const RangeSet>(RangeSet("b", &upper, 5)));
  size_t moves = 0;
  const std::unique_ptr<Iterator> iterator = make_covered_iterator(
      [&] { return std::make_unique<EntryListIterator>(entries, EntryListIterator::kNever, &moves); }, sets,
      9);
  size_t count = 0;
  for (iterator->seek_first(); iterator->valid(); iterator->next()) ++count;
  EXPECT_EQ(count, 2u);
  EXPECT_LT(moves, 10u);
  moves = 0;
  for (iterator->seek_last(); iterator->valid(); iterator->prev()) ++count;
  EXPECT_EQ(count, 4u);
  EXPECT_LT(moves, 10u);
}

}  // namespace
}  // namespace wombat
