#include "kv/merging_iterator.h"

#include <gtest/gtest.h>

#include "support/seed.h"
#include "unit/kv/entry_list.h"

namespace wombat {
namespace {

using test::entry_of;
using test::EntryList;
using test::EntryListIterator;
using test::TestEntry;

std::unique_ptr<Iterator> merge(const std::vector<EntryList>& lists) {
  std::vector<std::unique_ptr<Iterator>> sources;
  for (const EntryList& list : lists) sources.push_back(std::make_unique<EntryListIterator>(list));
  return make_merging_iterator(std::move(sources));
}

// A stable sort of all lists joined: of equal entries that of the earlier list is first.
EntryList merged(const std::vector<EntryList>& lists) {
  EntryList all;
  for (const EntryList& list : lists) all.insert(all.end(), list.begin(), list.end());
  std::stable_sort(all.begin(), all.end(), test::entry_less);
  return all;
}

std::vector<EntryList> random_lists(Random& random, size_t list_count) {
  std::vector<EntryList> lists(list_count);
  for (size_t i = 0; i < list_count; ++i) {
    const size_t size = random.one_in(5) ? 0 : random.below(40);
    for (size_t n = 0; n < size; ++n) {
      const Tag tag = make_tag(random.below(6), random.one_in(3) ? Kind::kDelete : Kind::kPut);
      lists[i].push_back(
          {test::random_key(random), tag, "list " + std::to_string(i) + " " + std::to_string(n)});
    }
  }
  return lists;
}

TEST(MergingIterator, WithoutSourcesIsEmpty) {
  const auto iterator = merge({});
  iterator->seek_first();
  EXPECT_FALSE(iterator->valid());
  iterator->seek("a", kTagMax);
  EXPECT_FALSE(iterator->valid());
  iterator->seek_last();
  EXPECT_FALSE(iterator->valid());
  EXPECT_TRUE(iterator->status());
}

TEST(MergingIterator, WithOneSourceIsThatSource) {
  std::vector<std::unique_ptr<Iterator>> sources;
  sources.push_back(std::make_unique<EntryListIterator>(EntryList{{"a", 1, "x"}}));
  const Iterator* const source = sources.front().get();
  EXPECT_EQ(make_merging_iterator(std::move(sources)).get(), source);
}

TEST(MergingIterator, OfEqualEntriesTheEarlierSourceComesFirst) {
  const std::vector<EntryList> lists = {{{"a", 5, "first"}}, {{"a", 5, "second"}}, {{"a", 5, "third"}}};
  const auto iterator = merge(lists);
  iterator->seek_first();
  EXPECT_EQ(iterator->value(), "first");
  iterator->next();
  EXPECT_EQ(iterator->value(), "second");
  iterator->prev();
  EXPECT_EQ(iterator->value(), "first");
  iterator->seek_last();
  EXPECT_EQ(iterator->value(), "third");
  iterator->prev();
  EXPECT_EQ(iterator->value(), "second");
  iterator->next();
  EXPECT_EQ(iterator->value(), "third");
}

TEST(MergingIterator, KeysOfOnlyFFComeBeforeTheEnd) {
  const std::string high(8, '\xFF');
  const auto iterator = merge({{{high, 1, "a"}, {high + '\xFF', 1, "b"}}, {}, {{"", 1, "c"}}});
  std::string seen;
  for (iterator->seek_first(); iterator->valid(); iterator->next()) seen += iterator->value();
  EXPECT_EQ(seen, "cab");
  seen.clear();
  for (iterator->seek_last(); iterator->valid(); iterator->prev()) seen += iterator->value();
  EXPECT_EQ(seen, "bac");
}

// Any walk over a merge is a walk over the sorted union.
void walk(Random& random, const std::vector<EntryList>& lists) {
  const EntryList model = merged(lists);
  const auto iterator = merge(lists);
  size_t at = model.size();
  for (int step = 0; step < 400; ++step) {
    const uint64_t choice = random.below(20);
    if (choice == 0) {
      iterator->seek_first();
      at = 0;
    } else if (choice == 1) {
      iterator->seek_last();
      at = model.size() - 1;  // wraps when empty
    } else if (choice < 5 || at >= model.size()) {
      const TestEntry target = {test::random_key(random), make_tag(random.below(6), Kind::kPut), ""};
      iterator->seek(target.key, target.tag);
      at = static_cast<size_t>(std::lower_bound(model.begin(), model.end(), target, test::entry_less) -
                               model.begin());
    } else if (choice < 13) {
      iterator->next();
      ++at;
    } else {
      iterator->prev();
      --at;
    }
    ASSERT_EQ(iterator->valid(), at < model.size()) << "step " << step;
    ASSERT_TRUE(iterator->status());
    if (at < model.size()) {
      ASSERT_EQ(entry_of(*iterator), model[at]) << "step " << step;
    }
  }
}

TEST(MergingIterator, RandomWalksMatchTheSortedUnion) {
  const SeedScope scope(0x3E26);
  Random random(scope.seed());
  for (int round = 0; round < 120; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    walk(random, random_lists(random, 2 + random.below(round % 4 == 0 ? 12 : 4)));
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Wherever a source fails, the rows before are right and the failure is told.
TEST(MergingIterator, AFailingSourceMakesItInvalidAndIsReported) {
  const SeedScope scope(7);
  Random random(scope.seed());
  for (int round = 0; round < 300; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    const std::vector<EntryList> lists = random_lists(random, 3);
    const EntryList model = merged(lists);
    const bool forward = random.one_in(2);
    std::vector<std::unique_ptr<Iterator>> sources;
    const size_t failing = random.below(3);
    const int fail_at = static_cast<int>(random.below(lists[failing].size() + 1));
    for (size_t i = 0; i < 3; ++i) {
      sources.push_back(
          std::make_unique<EntryListIterator>(lists[i], i == failing ? fail_at : EntryListIterator::kNever));
    }
    const auto iterator = make_merging_iterator(std::move(sources));
    size_t rows = 0;
    for (forward ? iterator->seek_first() : iterator->seek_last(); iterator->valid();
         forward ? iterator->next() : iterator->prev()) {
      ASSERT_LT(rows, model.size());
      ASSERT_EQ(entry_of(*iterator), model[forward ? rows : model.size() - 1 - rows]);
      ++rows;
    }
    EXPECT_EQ(iterator->status().code(), Code::kCorruption);
    iterator->seek_first();  // the source works again
    EXPECT_TRUE(iterator->status());
    EXPECT_EQ(iterator->valid(), !model.empty());
  }
}

TEST(MergingIterator, AFailureWhileTurningIsReported) {
  const std::vector<EntryList> lists = {{{"a", 1, ""}, {"c", 1, ""}}, {{"b", 1, ""}, {"d", 1, ""}}};
  for (size_t failing = 0; failing < 2; ++failing) {
    std::vector<std::unique_ptr<Iterator>> sources;
    for (size_t i = 0; i < 2; ++i) {
      sources.push_back(
          std::make_unique<EntryListIterator>(lists[i], i == failing ? 2 : EntryListIterator::kNever));
    }
    const auto iterator = make_merging_iterator(std::move(sources));
    iterator->seek_first();
    iterator->next();
    if (failing == 1) iterator->next();
    ASSERT_TRUE(iterator->valid());
    iterator->prev();
    EXPECT_FALSE(iterator->valid());
    EXPECT_EQ(iterator->status().code(), Code::kCorruption);
  }
}

// A memtable grows while it is read: entries appear behind the back of the sources that wait.
class GrowingIterator final : public Iterator {
 public:
  explicit GrowingIterator(EntryList* entries) : entries_(entries) {}
  void seek_first() override { show(0); }
  void seek_last() override { show(entries_->size() - 1); }
  void seek(Bytes key, Tag tag) override {
    const TestEntry target = {std::string(key), tag, ""};
    show(static_cast<size_t>(std::lower_bound(entries_->begin(), entries_->end(), target, test::entry_less) -
                             entries_->begin()));
  }
  void next() override { show(find() + 1); }
  void prev() override { show(find() - 1); }

 private:
  size_t find() const {
    return static_cast<size_t>(std::find(entries_->begin(), entries_->end(), current_) - entries_->begin());
  }
  void show(size_t position) {
    valid_ = position < entries_->size();
    if (!valid_) return;
    current_ = (*entries_)[position];
    key_ = current_.key;
    value_ = current_.value;
    tag_ = current_.tag;
  }
  EntryList* entries_;
  TestEntry current_;
};

TEST(MergingIterator, StaysSortedWhenASourceGrowsBetweenTurns) {
  for (const int added : {0, 1, 5, 30}) {
    EntryList growing = {{"b", 1, "0"}, {"y", 1, "0"}};
    std::vector<std::unique_ptr<Iterator>> sources;
    sources.push_back(std::make_unique<GrowingIterator>(&growing));
    sources.push_back(
        std::make_unique<EntryListIterator>(EntryList{{"a", 1, "1"}, {"m", 1, "1"}, {"z", 1, "1"}}));
    const auto iterator = make_merging_iterator(std::move(sources));
    iterator->seek("m", kTagMax);
    ASSERT_EQ(iterator->key(), "m");
    // The growing source stands on "y": these come between "m" and there.
    for (int i = 0; i < added; ++i) growing.push_back({"n" + std::to_string(100 + i), 1, "0"});
    std::sort(growing.begin(), growing.end(), test::entry_less);
    iterator->prev();
    ASSERT_TRUE(iterator->valid());
    EXPECT_EQ(iterator->key(), "b");
    iterator->next();
    EXPECT_EQ(iterator->key(), "m");
    // Now it stands on "b": these come between there and "m".
    iterator->prev();
    iterator->next();
    iterator->seek_last();
    ASSERT_EQ(iterator->key(), "z");
    for (int i = 0; i < added; ++i) growing.push_back({"zz" + std::to_string(100 + i), 1, "0"});
    std::sort(growing.begin(), growing.end(), test::entry_less);
    iterator->prev();
    EXPECT_EQ(iterator->key(), "y");
    iterator->next();
    EXPECT_EQ(iterator->key(), "z");
  }
}

}  // namespace
}  // namespace wombat
