#include "db/run_iterator.h"

#include "support/seed.h"
#include "tree_world.h"

namespace wombat {

namespace {

using test::EntryList;
using test::put_entry;
using test::TestEntry;
using test::TreeWorld;

/// Three tables of several blocks; keys are even numbers, each with two versions, with room between tables.
struct RunWorld : TreeWorld {
  explicit RunWorld(size_t table_count = 3) {
    for (size_t t = 0; t < table_count; ++t) {
      EntryList part;
      for (uint64_t i = 0; i < 40; ++i) {
        part.push_back(put_entry(key(t * 100 + 2 * i), 9, "new" + std::to_string(i)));
        part.push_back(put_entry(key(t * 100 + 2 * i), 4, std::string(30, 'o')));
      }
      tables.push_back(make_table(10 + t, part));
      entries.insert(entries.end(), part.begin(), part.end());
    }
  }
  static std::string key(uint64_t number) { return "key" + std::to_string(1000 + number); }
  std::unique_ptr<Iterator> iterator() {
    std::vector<OpenTable*> open;
    for (const TablePtr& table : tables) open.push_back(&as_open(table));
    return make_run_iterator(std::move(open), TableReadOptions());
  }
  void damage(size_t table, uint64_t offset) {
    const std::string name = file_name(FileKind::kTable, tables[table]->info.number);
    ASSERT_TRUE(disk.corrupt(test::kWorldPath, name, offset,
                             [](std::string* content, uint64_t at) { (*content)[at] ^= 1; }));
  }

  std::vector<TablePtr> tables;
  EntryList entries;  // in entry order
};

TEST(RunIterator, WalksAllTablesForward) {
  RunWorld world;
  const std::unique_ptr<Iterator> i = world.iterator();
  EntryList seen;
  for (i->seek_first(); i->valid(); i->next()) seen.push_back(test::entry_of(*i));
  EXPECT_TRUE(i->status());
  EXPECT_EQ(seen, world.entries);
}

TEST(RunIterator, WalksAllTablesBackward) {
  RunWorld world;
  const std::unique_ptr<Iterator> i = world.iterator();
  EntryList seen;
  for (i->seek_last(); i->valid(); i->prev()) seen.push_back(test::entry_of(*i));
  EXPECT_TRUE(i->status());
  std::reverse(seen.begin(), seen.end());
  EXPECT_EQ(seen, world.entries);
}

TEST(RunIterator, SeeksToEveryKeyBetweenAndBeyondTables) {
  RunWorld world;
  const std::unique_ptr<Iterator> i = world.iterator();
  for (uint64_t number = 0; number < 300; ++number) {
    const std::string key = RunWorld::key(number);
    for (const Tag tag : {kTagMax, seek_tag(9), seek_tag(5), seek_tag(1), Tag{0}}) {
      i->seek(key, tag);
      const auto expected = std::lower_bound(world.entries.begin(), world.entries.end(),
                                             TestEntry{key, tag, ""}, test::entry_less);
      ASSERT_EQ(i->valid(), expected != world.entries.end()) << key << " " << tag;
      ASSERT_TRUE(i->status());
      if (i->valid()) {
        ASSERT_EQ(test::entry_of(*i), *expected);
      }
    }
  }
  i->seek("a", kTagMax);
  ASSERT_TRUE(i->valid());
  EXPECT_EQ(i->key(), RunWorld::key(0));
  i->seek("z", kTagMax);
  EXPECT_FALSE(i->valid());
  EXPECT_TRUE(i->status());
}

TEST(RunIterator, TurnsRoundAtTheBoundsOfTables) {
  RunWorld world;
  const std::unique_ptr<Iterator> i = world.iterator();
  for (size_t t = 1; t < world.tables.size(); ++t) {
    i->seek(world.tables[t]->info.smallest_key, kTagMax);
    ASSERT_TRUE(i->valid());
    i->prev();
    ASSERT_TRUE(i->valid());
    EXPECT_EQ(i->key(), world.tables[t - 1]->info.largest_key);
    EXPECT_EQ(tag_timestamp(i->tag()), 4u);
    i->next();
    ASSERT_TRUE(i->valid());
    EXPECT_EQ(i->key(), world.tables[t]->info.smallest_key);
    EXPECT_EQ(tag_timestamp(i->tag()), 9u);
  }
}

TEST(RunIterator, AWalkThatChangesItsMindIsThatOfTheList) {
  const SeedScope seed(77);
  Random random(seed.seed());
  RunWorld world;
  const std::unique_ptr<Iterator> i = world.iterator();
  i->seek_first();
  size_t at = 0;
  for (int step = 0; step < 5000; ++step) {
    switch (random.below(12)) {
      case 0:
        at = random.below(world.entries.size());
        i->seek(world.entries[at].key, world.entries[at].tag);
        break;
      case 1:
        i->seek_last();
        at = world.entries.size() - 1;
        break;
      case 2:
        i->seek_first();
        at = 0;
        break;
      default:
        const bool forward = random.one_in(2);
        if (forward ? at + 1 == world.entries.size() : at == 0) continue;
        forward ? i->next() : i->prev();
        forward ? ++at : --at;
    }
    ASSERT_TRUE(i->valid()) << "step " << step;
    ASSERT_EQ(test::entry_of(*i), world.entries[at]) << "step " << step;
  }
}

TEST(RunIterator, ViewsSurviveTheStepToAnotherTableAndToTheEnd) {
  RunWorld world;
  world.cache.set_budget(0);  // a block that nobody holds is freed at once
  const std::unique_ptr<Iterator> i = world.iterator();
  for (const bool forward : {true, false}) {
    forward ? i->seek_first() : i->seek_last();
    for (size_t n = 0; i->valid(); ++n) {
      const TestEntry& entry = world.entries[forward ? n : world.entries.size() - 1 - n];
      const Bytes key = i->key();
      const Bytes value = i->value();
      forward ? i->next() : i->prev();
      ASSERT_EQ(key, entry.key);
      ASSERT_EQ(value, entry.value);
    }
    EXPECT_TRUE(i->status());
  }
}

TEST(RunIterator, ASeekThatWasAnnouncedIsTheSameSeek) {
  const SeedScope seed(78);
  Random random(seed.seed());
  RunWorld world;
  const std::unique_ptr<Iterator> announced = world.iterator();
  const std::unique_ptr<Iterator> plain = world.iterator();
  for (int round = 0; round < 3000; ++round) {
    const std::string key =
        random.one_in(20) ? std::string(random.one_in(2) ? "a" : "z") : RunWorld::key(random.below(300));
    const Tag tag = random.one_in(2) ? kTagMax : seek_tag(random.below(10));
    if (random.one_in(8))
      announced->aim(RunWorld::key(random.below(300)));  // and something else comes instead
    if (random.one_in(8)) {
      random.one_in(2) ? announced->seek_first() : announced->seek_last();
      ASSERT_TRUE(announced->valid());
    }
    if (random.one_in(8)) announced->rest();
    announced->aim(key);
    ASSERT_FALSE(announced->valid());
    announced->fetch();
    announced->seek(key, tag);
    plain->seek(key, tag);
    ASSERT_EQ(announced->valid(), plain->valid()) << key;
    ASSERT_TRUE(announced->status());
    if (plain->valid()) {
      ASSERT_EQ(test::entry_of(*announced), test::entry_of(*plain));
    }
  }
}

TEST(RunIterator, AtRestItHoldsNoBlock) {
  RunWorld world;
  const std::unique_ptr<Iterator> i = world.iterator();
  i->seek(RunWorld::key(50), kTagMax);
  for (int n = 0; n < 20; ++n) i->next();
  EXPECT_GT(world.cache.pinned_usage(), 0u);
  i->rest();
  EXPECT_EQ(world.cache.pinned_usage(), 0u);
  EXPECT_FALSE(i->valid());
  i->seek(RunWorld::key(50), kTagMax);
  ASSERT_TRUE(i->valid());
  EXPECT_EQ(i->key(), RunWorld::key(50));
}

TEST(RunIterator, CanBeUsedAgainAfterAnEnd) {
  RunWorld world;
  const std::unique_ptr<Iterator> i = world.iterator();
  i->seek_last();
  i->next();
  EXPECT_FALSE(i->valid());
  i->seek_first();
  ASSERT_TRUE(i->valid());
  i->prev();
  EXPECT_FALSE(i->valid());
  EXPECT_TRUE(i->status());
  i->seek(RunWorld::key(100), kTagMax);
  ASSERT_TRUE(i->valid());
  EXPECT_EQ(i->key(), RunWorld::key(100));
}

TEST(RunIterator, OpensTablesOnlyWhenTheyAreReached) {
  RunWorld world;
  const std::unique_ptr<Iterator> i = world.iterator();
  const auto is_open = [&](size_t t) { return as_open(world.tables[t]).reader_if_open() != nullptr; };
  EXPECT_FALSE(is_open(0) || is_open(1) || is_open(2));
  i->seek(RunWorld::key(110), kTagMax);
  EXPECT_FALSE(is_open(0) || is_open(2));
  EXPECT_TRUE(is_open(1));
  i->seek("z", kTagMax);
  EXPECT_FALSE(is_open(0) || is_open(2));
}

TEST(RunIterator, ATableThatCannotBeOpenedStopsTheWalkAndNothingElse) {
  RunWorld world;
  const std::string name = file_name(FileKind::kTable, world.tables[1]->info.number);
  ASSERT_TRUE(world.disk.delete_file(test::kWorldPath, name));
  const std::unique_ptr<Iterator> i = world.iterator();
  i->seek_first();
  size_t count = 0;
  for (; i->valid(); i->next()) ++count;
  EXPECT_EQ(count, 80u);
  EXPECT_EQ(i->status().code(), Code::kMissingFile) << i->status().to_string();
  i->seek_last();
  for (count = 0; i->valid(); i->prev()) ++count;
  EXPECT_EQ(count, 80u);
  EXPECT_EQ(i->status().code(), Code::kMissingFile);
  i->seek(RunWorld::key(110), kTagMax);
  EXPECT_FALSE(i->valid());
  EXPECT_EQ(i->status().code(), Code::kMissingFile);
  i->seek(RunWorld::key(200), kTagMax);
  ASSERT_TRUE(i->valid());
  EXPECT_TRUE(i->status());
  EXPECT_EQ(i->key(), RunWorld::key(200));
  i->seek("z", kTagMax);
  EXPECT_FALSE(i->valid());
  EXPECT_TRUE(i->status()) << "an older failure is not that of this seek";
}

TEST(RunIterator, DamageWithinATableIsReported) {
  for (const uint64_t offset : {80u, 900u}) {  // in its first block, and further on
    SCOPED_TRACE(offset);
    RunWorld world;
    world.damage(1, offset);
    const std::unique_ptr<Iterator> i = world.iterator();
    size_t forward = 0;
    for (i->seek_first(); i->valid() && forward < 1000; i->next()) ++forward;
    EXPECT_EQ(i->status().code(), Code::kCorruption) << i->status().to_string();
    EXPECT_FALSE(i->valid());
    size_t backward = 0;
    for (i->seek_last(); i->valid() && backward < 1000; i->prev()) ++backward;
    EXPECT_EQ(i->status().code(), Code::kCorruption) << i->status().to_string();
    EXPECT_GE(forward, 80u);
    EXPECT_GE(backward, 80u);
    EXPECT_LT(forward + backward, world.entries.size());
    EXPECT_EQ(forward > 80, offset > 80);
    i->seek(RunWorld::key(200), kTagMax);
    EXPECT_TRUE(i->valid());
    EXPECT_TRUE(i->status());
  }
}

TEST(RunIterator, OneTableAndNoTableWorkAsWell) {
  RunWorld one(1);
  std::unique_ptr<Iterator> i = one.iterator();
  size_t count = 0;
  for (i->seek_first(); i->valid(); i->next()) ++count;
  EXPECT_EQ(count, 80u);

  RunWorld missing(1);
  ASSERT_TRUE(missing.disk.delete_file(test::kWorldPath, "000010.table"));
  i = missing.iterator();
  i->seek_first();
  EXPECT_FALSE(i->valid());
  EXPECT_EQ(i->status().code(), Code::kMissingFile);

  i = make_run_iterator({}, TableReadOptions());
  i->seek_first();
  EXPECT_FALSE(i->valid());
  i->seek_last();
  EXPECT_FALSE(i->valid());
  i->seek("a", kTagMax);
  EXPECT_FALSE(i->valid());
  EXPECT_TRUE(i->status());
}

}  // namespace

}  // namespace wombat
