#include "db/read_state.h"

#include <thread>

#include "support/seed.h"
#include "tree_world.h"

namespace wombat {

namespace {

using test::put_entry;
using test::TreeWorld;

TablePtr handle(TreeWorld& world, uint64_t number, std::string smallest, std::string largest) {
  TableInfo info;
  info.number = number;
  info.smallest_key = std::move(smallest);
  info.largest_key = std::move(largest);
  return world.store->make_handle(info);
}

/// Number of the table that `index` names for `key`; 0 when none.
uint64_t found_in(const RunIndex& index, Bytes key) {
  const OpenTable* const table = index.find(key, key_prefix(key));
  return table == nullptr ? 0 : table->info.number;
}

TEST(RunIndex, FindsTheTableWhoseRangeIncludesTheKey) {
  TreeWorld world;
  wombat::Run run;
  run.tables = {handle(world, 1, "b", "d"), handle(world, 2, "f", "f"), handle(world, 3, "g", "kk")};
  const RunIndex index(run);
  const struct {
    const char* key;
    uint64_t table;
  } cases[] = {{"", 0},  {"a", 0},  {"b", 1}, {"c", 1}, {"d", 1},  {"d\x01", 0}, {"e", 0},
               {"f", 2}, {"fa", 0}, {"g", 3}, {"k", 3}, {"kk", 3}, {"kka", 0},   {"z", 0}};
  for (const auto& one : cases) EXPECT_EQ(found_in(index, one.key), one.table) << one.key;
}

TEST(RunIndex, KeysThatDifferBehindTheirPrefixAreToldApart) {
  TreeWorld world;
  wombat::Run run;
  run.tables = {handle(world, 1, "samestart-a", "samestart-c"),
                handle(world, 2, "samestart-d", "samestart-f"),
                handle(world, 3, "samestart-ff", "samestart-h")};
  const RunIndex index(run);
  EXPECT_EQ(found_in(index, "samestart"), 0u);
  EXPECT_EQ(found_in(index, "samestart-b"), 1u);
  EXPECT_EQ(found_in(index, "samestart-c0"), 0u);
  EXPECT_EQ(found_in(index, "samestart-e"), 2u);
  EXPECT_EQ(found_in(index, "samestart-f"), 2u);
  EXPECT_EQ(found_in(index, "samestart-f0"), 0u);
  EXPECT_EQ(found_in(index, "samestart-g"), 3u);
  EXPECT_EQ(found_in(index, "samestart-i"), 0u);
}

TEST(RunIndex, AgreesWithALinearSearch) {
  const SeedScope seed(31);
  Random random(seed.seed());
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> keys;
    for (int i = 0; i < 12; ++i) keys.push_back(test::random_key(random));
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    TreeWorld world;
    wombat::Run run;
    for (size_t i = 0; i + 1 < keys.size(); i += 2)
      run.tables.push_back(handle(world, i + 1, keys[i], keys[i + (random.one_in(4) ? 0 : 1)]));
    const RunIndex index(run);
    for (int i = 0; i < 100; ++i) {
      const std::string key = random.one_in(2) ? keys[random.below(keys.size())] : test::random_key(random);
      uint64_t expected = 0;
      for (const TablePtr& table : run.tables)
        if (table->info.smallest_key <= key && key <= table->info.largest_key) expected = table->info.number;
      ASSERT_EQ(found_in(index, key), expected) << escape_bytes(key);
    }
  }
}

TEST(RunIndex, AnEmptyRunHoldsNothing) { EXPECT_EQ(found_in(RunIndex(wombat::Run()), "a"), 0u); }

TEST(ReadState, ListsRunsInSearchOrder) {
  TreeWorld world;
  auto version = std::make_shared<Version>(4);
  const auto add_run = [&](size_t level, uint64_t id, uint64_t number) {
    wombat::Run run;
    run.id = id;
    run.tables = {handle(world, number, "a", "z")};
    version->levels[level].runs.push_back(run);
  };
  add_run(0, 9, 1);  // the newest
  add_run(0, 8, 2);
  add_run(2, 3, 3);
  add_run(3, 1, 4);
  ReadState* const state = new ReadState({}, version);
  std::vector<uint64_t> order;
  for (const RunIndex& run : state->runs) order.push_back(found_in(run, "k"));
  EXPECT_EQ(order, (std::vector<uint64_t>{1, 2, 3, 4}));
  state->release();
}

/// A memtable that tells when it goes.
MemtablePtr watched_memtable(bool* is_gone) {
  std::shared_ptr<Memtable> memtable = std::move(make_memtable("skiplist")).value();
  Memtable* const raw = memtable.get();
  return MemtablePtr(raw, [memtable, is_gone](Memtable*) mutable {
    memtable.reset();
    *is_gone = true;
  });
}

TEST(ReadState, LivesAsLongAsSomeReferenceDoes) {
  bool is_gone = false;
  ReadState* const state = new ReadState({watched_memtable(&is_gone)}, std::make_shared<Version>(2));
  ReadStateRef first(state);
  {
    ReadStateRef second(state);
    ReadStateRef moved(std::move(second));
    EXPECT_FALSE(second);
    EXPECT_TRUE(moved);
    EXPECT_EQ(&*moved, state);
  }
  state->release();  // the database's own
  EXPECT_FALSE(is_gone);
  EXPECT_EQ(first->memtables.size(), 1u);
  ReadStateRef other;
  other = std::move(first);
  first.reset();
  EXPECT_FALSE(is_gone);
  other.reset();
  EXPECT_TRUE(is_gone);
  other.reset();  // nothing left to release
}

TEST(ReadState, RetiredStatesGoWhenTheLastReaderInsideHasLeft) {
  EpochDomain epochs;
  bool is_gone = false;
  ReadState* const state = new ReadState({watched_memtable(&is_gone)}, std::make_shared<Version>(2));
  EpochDomain::Slot* const reader = epochs.enter();
  epochs.retire(state);
  epochs.reclaim();
  EXPECT_FALSE(is_gone);
  EpochDomain::leave(reader);
  epochs.synchronize();
  EXPECT_TRUE(is_gone);
}

TEST(ReadState, AReferenceOutlivesTheEpoch) {
  EpochDomain epochs;
  bool is_gone = false;
  ReadState* const state = new ReadState({watched_memtable(&is_gone)}, std::make_shared<Version>(2));
  ReadStateRef reference(state);
  epochs.retire(state);
  epochs.synchronize();
  EXPECT_FALSE(is_gone);
  reference.reset();
  EXPECT_TRUE(is_gone);
}

/// Counts how many of its kind there are, and rests.
class CountedIterator final : public Iterator {
 public:
  explicit CountedIterator(int* count) : count_(count) { ++*count_; }
  ~CountedIterator() override { --*count_; }
  void seek_first() override { valid_ = true; }
  void seek_last() override { valid_ = true; }
  void seek(Bytes, Tag) override { valid_ = true; }
  void next() override {}
  void prev() override {}

 private:
  int* count_;
};

TEST(ReadState, KeepsSomeSourcesThatWereGivenBackAndTheyEndWithIt) {
  int count = 0;
  ReadState* const state = new ReadState({}, std::make_shared<Version>(2));
  EXPECT_EQ(state->take_sources(), nullptr);
  auto made = std::make_unique<CountedIterator>(&count);
  made->seek_first();
  const Iterator* const first = made.get();
  state->give_back(std::move(made));
  std::unique_ptr<Iterator> taken = state->take_sources();
  EXPECT_EQ(taken.get(), first);
  EXPECT_FALSE(taken->valid()) << "given back, it rests";
  EXPECT_EQ(state->take_sources(), nullptr);
  state->give_back(std::move(taken));
  for (int i = 0; i < 20; ++i) state->give_back(std::make_unique<CountedIterator>(&count));
  EXPECT_GT(count, 0);
  EXPECT_LT(count, 10) << "the others were destroyed";
  state->release();
  EXPECT_EQ(count, 0);
}

/// Notices when two use it at once, also without the thread sanitizer, as long as they do so for a while.
class ExclusiveIterator final : public Iterator {
 public:
  void seek_first() override {
    for (int i = 0; i < 100; ++i) ++moves_;
    valid_ = true;
  }
  void seek_last() override {}
  void seek(Bytes, Tag) override {}
  void next() override {}
  void prev() override {}
  uint64_t moves() const { return moves_; }

 private:
  uint64_t moves_ = 0;
};

TEST(ReadState, ThreadsNeverShareTheSourcesThatTheyTake) {
  ReadState* const state = new ReadState({}, std::make_shared<Version>(2));
  std::atomic<uint64_t> made{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 3000; ++i) {
        std::unique_ptr<Iterator> sources = state->take_sources();
        if (sources == nullptr) {
          sources = std::make_unique<ExclusiveIterator>();
          ++made;
        }
        const uint64_t before = static_cast<ExclusiveIterator&>(*sources).moves();
        sources->seek_first();
        EXPECT_EQ(static_cast<ExclusiveIterator&>(*sources).moves(), before + 100);
        state->give_back(std::move(sources));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(made.load(), 1u);
  EXPECT_LT(made.load(), 3000u) << "most were taken";
  state->release();
}

TEST(ReadState, KeepsTheFilesOfItsTables) {
  TreeWorld world;
  auto version = std::make_shared<Version>(2);
  wombat::Run run;
  run.tables = {world.make_table(7, {put_entry("a", 1)})};
  version->levels[1].runs.push_back(run);
  ReadState* const state = new ReadState({}, version);
  as_open(run.tables[0]).mark_obsolete();
  run.tables.clear();
  version.reset();
  world.store->remove_obsolete_files();
  EXPECT_TRUE(world.has_table(7));
  state->release();
  world.store->remove_obsolete_files();
  EXPECT_FALSE(world.has_table(7));
}

}  // namespace

}  // namespace wombat
