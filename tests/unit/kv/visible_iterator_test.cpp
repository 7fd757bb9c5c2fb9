#include "kv/visible_iterator.h"

#include <gtest/gtest.h>

#include <map>

#include "kv/merging_iterator.h"
#include "support/seed.h"
#include "unit/kv/entry_list.h"

namespace wombat {
namespace {

using test::EntryList;
using test::EntryListIterator;
using test::TestEntry;
using Model = std::map<std::string, TestEntry>;

std::unique_ptr<Iterator> source_of(EntryList entries, size_t* moves = nullptr) {
  return std::make_unique<EntryListIterator>(std::move(entries), EntryListIterator::kNever, moves);
}

/// What should be seen: the newest version at or below `at` of each key within bounds, unless it is a delete.
Model model_of(EntryList entries, Timestamp at, const VisibleIterator::Bounds& bounds) {
  std::stable_sort(entries.begin(), entries.end(), test::entry_less);
  std::map<std::string, TestEntry> newest;
  for (const TestEntry& entry : entries) {
    if (tag_timestamp(entry.tag) <= at) newest.emplace(entry.key, entry);
  }
  Model model;
  for (const auto& [key, entry] : newest) {
    if (tag_kind(entry.tag) == Kind::kDelete) continue;
    if (bounds.lower && key < *bounds.lower) continue;
    if (bounds.upper && key >= *bounds.upper) continue;
    model.emplace(key, entry);
  }
  return model;
}

void expect_at(const VisibleIterator& iterator, const Model& model, Model::const_iterator at) {
  ASSERT_TRUE(iterator.status()) << iterator.status().to_string();
  ASSERT_EQ(iterator.valid(), at != model.end());
  if (at == model.end()) return;
  ASSERT_EQ(iterator.key(), at->first);
  ASSERT_EQ(iterator.value(), at->second.value);
  ASSERT_EQ(iterator.tag(), at->second.tag);
}

Model::const_iterator before(const Model& model, Model::const_iterator at) {
  return at == model.begin() ? model.end() : std::prev(at);
}

void walk(Random& random, VisibleIterator& iterator, const Model& model) {
  Model::const_iterator at = model.end();
  for (int step = 0; step < 300; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const uint64_t choice = random.below(24);
    const std::string key = test::random_key(random);
    if (choice == 0) {
      iterator.seek_first();
      at = model.begin();
    } else if (choice == 1) {
      iterator.seek_last();
      at = before(model, model.end());
    } else if (choice < 4 || (at == model.end() && choice < 12)) {
      iterator.seek(key);
      at = model.lower_bound(key);
    } else if (choice < 6 || at == model.end()) {
      iterator.seek_for_prev(key);
      at = before(model, model.upper_bound(key));
    } else if (choice < 15) {
      iterator.next();
      ++at;
    } else {
      iterator.prev();
      at = before(model, at);
    }
    expect_at(iterator, model, at);
    if (testing::Test::HasFatalFailure()) return;
  }
}

EntryList random_entries(Random& random, size_t size) {
  EntryList entries;
  const bool is_mostly_settled = random.one_in(2);
  while (entries.size() < size) {
    const std::string key = test::random_key(random);
    if (is_mostly_settled && !random.one_in(8)) {
      entries.push_back({key, test::kSettledTag, "settled"});
      continue;
    }
    // Now and then a long run of versions, so that the iterator seeks instead of stepping.
    const size_t versions = random.one_in(6) ? 30 : 1 + random.below(3);
    for (size_t i = 0; i < versions; ++i) {
      const Kind kind = random.one_in(3) ? Kind::kDelete : Kind::kPut;
      const size_t value_size = random.one_in(10) ? 5000 : random.below(20);
      entries.push_back({key, make_tag(random.below(41), kind),
                         kind == Kind::kDelete ? "" : std::string(value_size, static_cast<char>('A' + i))});
    }
  }
  // One meaning for a key and tag: of equal entries the first would win.
  std::stable_sort(entries.begin(), entries.end(), test::entry_less);
  const auto same = [](const TestEntry& a, const TestEntry& b) { return a.key == b.key && a.tag == b.tag; };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  return entries;
}

VisibleIterator::Bounds random_bounds(Random& random) {
  VisibleIterator::Bounds bounds;
  if (random.one_in(2)) bounds.lower = test::random_key(random);
  if (random.one_in(2)) bounds.upper = test::random_key(random);
  return bounds;
}

TEST(VisibleIterator, RandomWalksMatchAMap) {
  const SeedScope scope(0x7151);
  Random random(scope.seed());
  for (int round = 0; round < 200; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const EntryList entries = random_entries(random, random.below(200));
    const Timestamp at = random.one_in(4) ? kTimestampMax : random.below(42);
    const VisibleIterator::Bounds bounds = random_bounds(random);
    VisibleIterator iterator(source_of(entries), at, bounds);
    walk(random, iterator, model_of(entries, at, bounds));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(VisibleIterator, RandomWalksOverMergesMatchAMap) {
  const SeedScope scope(0x7151);
  Random random(scope.seed());
  for (int round = 0; round < 100; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const EntryList entries = random_entries(random, random.below(300));
    std::vector<EntryList> lists(2 + random.below(5));
    // Often most are in one source, which then goes on alone for a while.
    const uint64_t skew = random.one_in(2) ? 1 : 8;
    for (const TestEntry& entry : entries)
      lists[random.one_in(skew) ? random.below(lists.size()) : 0].push_back(entry);
    std::vector<std::unique_ptr<Iterator>> sources;
    for (const EntryList& list : lists) sources.push_back(source_of(list));
    const Timestamp at = random.below(42);
    const VisibleIterator::Bounds bounds = random_bounds(random);
    VisibleIterator iterator(make_merging_iterator(std::move(sources)), at, bounds);
    walk(random, iterator, model_of(entries, at, bounds));
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(VisibleIterator, ShowsNewestVersionAtOrBelowTheTimestamp) {
  const EntryList entries = {{"a", make_tag(3, Kind::kPut), "new"},
                             {"a", make_tag(1, Kind::kPut), "old"},
                             {"b", make_tag(2, Kind::kDelete), ""},
                             {"b", make_tag(1, Kind::kPut), "gone"}};
  const auto seen_at = [&](Timestamp at) {
    std::string seen;
    VisibleIterator iterator(source_of(entries), at, {});
    for (iterator.seek_first(); iterator.valid(); iterator.next()) seen += iterator.value();
    return seen;
  };
  EXPECT_EQ(seen_at(0), "");
  EXPECT_EQ(seen_at(1), "oldgone");
  EXPECT_EQ(seen_at(2), "old");
  EXPECT_EQ(seen_at(3), "new");
}

TEST(VisibleIterator, AnEmptyRangeShowsNothing) {
  const EntryList entries = {{"a", make_tag(1, Kind::kPut), ""}, {"b", make_tag(1, Kind::kPut), ""}};
  for (const auto& [lower, upper] : {std::pair("b", "a"), std::pair("b", "b"), std::pair("c", "d")}) {
    VisibleIterator iterator(source_of(entries), 1, {lower, upper});
    iterator.seek_first();
    EXPECT_FALSE(iterator.valid());
    iterator.seek_last();
    EXPECT_FALSE(iterator.valid());
    iterator.seek("a");
    EXPECT_FALSE(iterator.valid());
    iterator.seek_for_prev("z");
    EXPECT_FALSE(iterator.valid());
    EXPECT_TRUE(iterator.status());
  }
}

TEST(VisibleIterator, MaySeekToItsOwnKey) {
  for (const size_t value_size : {size_t{1}, size_t{5000}}) {
    EntryList entries;
    for (const char* key : {"key number one, a long one", "key number two, a long one"}) {
      entries.push_back({key, make_tag(1, Kind::kPut), std::string(value_size, 'v')});
    }
    VisibleIterator iterator(source_of(entries), 1, {});
    iterator.seek_last();
    iterator.seek(iterator.key());
    ASSERT_TRUE(iterator.valid());
    EXPECT_EQ(iterator.key(), entries[1].key);
    iterator.seek_for_prev(iterator.key());
    EXPECT_EQ(iterator.key(), entries[1].key);
    iterator.seek_for_prev(iterator.key());
    EXPECT_EQ(iterator.key(), entries[1].key);
  }
}

TEST(VisibleIterator, ReservedKindsAreRefused) {
  for (const Kind kind : {Kind::kRangeDelete, Kind{7}, Kind{0x77}}) {
    for (const size_t value_size : {size_t{1}, size_t{5000}}) {
      const EntryList entries = {{"a", make_tag(1, Kind::kPut), "1"},
                                 {"b", make_tag(2, kind), std::string(value_size, 'v')},
                                 {"b", make_tag(1, Kind::kPut), "2"},
                                 {"c", make_tag(1, Kind::kPut), "3"}};
      VisibleIterator iterator(source_of(entries), 2, {});
      iterator.seek_first();
      ASSERT_TRUE(iterator.valid());
      iterator.next();
      EXPECT_FALSE(iterator.valid());
      EXPECT_EQ(iterator.status().code(), Code::kUnsupported);
      iterator.seek_last();
      ASSERT_TRUE(iterator.valid());
      EXPECT_TRUE(iterator.status());
      iterator.prev();
      EXPECT_FALSE(iterator.valid());
      EXPECT_EQ(iterator.status().code(), Code::kUnsupported);

      VisibleIterator older(source_of(entries), 1, {});  // does not see it
      int rows = 0;
      for (older.seek_first(); older.valid(); older.next()) ++rows;
      for (older.seek_last(); older.valid(); older.prev()) ++rows;
      EXPECT_EQ(rows, 6);
    }
  }
}

TEST(VisibleIterator, AFailureOfTheSourceIsNeverTakenForTheEnd) {
  const SeedScope scope(11);
  Random random(scope.seed());
  for (int round = 0; round < 40; ++round) {
    const EntryList entries = random_entries(random, 1 + random.below(60));
    const Timestamp at = random.below(42);
    const Model model = model_of(entries, at, {});
    for (const bool forward : {true, false}) {
      size_t moves = 0;
      VisibleIterator whole(source_of(entries, &moves), at, {});
      for (forward ? whole.seek_first() : whole.seek_last(); whole.valid();
           forward ? whole.next() : whole.prev()) {
      }
      for (int fail_at = 0; fail_at < static_cast<int>(moves); ++fail_at) {
        VisibleIterator iterator(std::make_unique<EntryListIterator>(entries, fail_at), at, {});
        auto row = forward ? model.begin() : before(model, model.end());
        for (forward ? iterator.seek_first() : iterator.seek_last(); iterator.valid();
             forward ? iterator.next() : iterator.prev()) {
          ASSERT_NE(row, model.end());
          ASSERT_EQ(iterator.key(), row->first);
          ASSERT_EQ(iterator.value(), row->second.value);
          row = forward ? std::next(row) : before(model, row);
        }
        ASSERT_EQ(iterator.status().code(), Code::kCorruption) << "failing move " << fail_at;
      }
    }
  }
}

// `versions` of one hot key, half of them newer than the reader, between two others.
EntryList hot_key(uint64_t versions) {
  EntryList entries = {{"a", make_tag(1, Kind::kPut), "a"}, {"z", make_tag(1, Kind::kPut), "z"}};
  for (uint64_t i = 1; i <= versions; ++i)
    entries.push_back({"hot", make_tag(i, Kind::kPut), std::to_string(i)});
  return entries;
}

TEST(VisibleIterator, ManyVersionsOfAKeyAreNotWalked) {
  size_t moves = 0;
  VisibleIterator iterator(source_of(hot_key(2000), &moves), 1000, {});
  std::string seen;
  for (iterator.seek_first(); iterator.valid(); iterator.next()) (seen += iterator.value()) += ' ';
  for (iterator.seek_last(); iterator.valid(); iterator.prev()) (seen += iterator.value()) += ' ';
  EXPECT_EQ(seen, "a 1000 z z 1000 a ");
  EXPECT_LT(moves, 100u);

  moves = 0;
  for (int turn = 0; turn < 5; ++turn) {
    iterator.seek("hot");
    EXPECT_EQ(iterator.value(), "1000");
    iterator.prev();
    EXPECT_EQ(iterator.value(), "a");
    iterator.next();
    EXPECT_EQ(iterator.value(), "1000");
    iterator.next();
    EXPECT_EQ(iterator.value(), "z");
    iterator.prev();
    EXPECT_EQ(iterator.value(), "1000");
    iterator.next();
    EXPECT_EQ(iterator.value(), "z");
  }
  EXPECT_LT(moves, 500u);
}

TEST(VisibleIterator, ARunOfTombstonesIsWalkedOnce) {
  EntryList entries = {{"a", make_tag(1, Kind::kPut), "a"}, {"z", make_tag(1, Kind::kPut), "z"}};
  for (int i = 0; i < 3000; ++i) {
    const std::string key = "k" + std::to_string(10000 + i);
    entries.push_back({key, make_tag(2, Kind::kDelete), ""});
    entries.push_back({key, make_tag(1, Kind::kPut), "gone"});
  }
  size_t moves = 0;
  VisibleIterator iterator(source_of(entries, &moves), 5, {});
  std::string seen;
  for (iterator.seek_first(); iterator.valid(); iterator.next()) seen += iterator.value();
  EXPECT_LT(moves, entries.size() + 10);
  for (iterator.seek_last(); iterator.valid(); iterator.prev()) seen += iterator.value();
  EXPECT_EQ(seen, "azza");
  EXPECT_LT(moves, 2 * entries.size() + 20);
}

TEST(VisibleIterator, MovesWithItsViews) {
  VisibleIterator iterator(source_of({{"a", make_tag(1, Kind::kPut), "1"}}), 1, {});
  iterator.seek_last();
  VisibleIterator moved(std::move(iterator));
  ASSERT_TRUE(moved.valid());
  EXPECT_EQ(moved.key(), "a");
  EXPECT_EQ(moved.value(), "1");
}

}  // namespace
}  // namespace wombat
