#include "table/table_reader.h"

#include <set>
#include <thread>

#include "support/seed.h"
#include "table_maker.h"

namespace wombat {
namespace {

std::vector<TestEntry> numbered(size_t count, size_t value_size = 50) {
  std::vector<TestEntry> entries;
  for (size_t i = 0; i < count; ++i) {
    std::string key = std::to_string(100000 + i);
    entries.push_back({key, make_tag(0, Kind::kPut), key + std::string(value_size, 'v')});
  }
  return entries;
}

TEST(TableReader, CountsFilterCacheAndMisses) {
  const auto entries = numbered(2000);
  const TableImage image = make_table(entries);
  TableWorld world;
  auto opened = world.open(image);
  ASSERT_TRUE(opened);
  EXPECT_EQ(world.statistics.total(Counter::kTablesOpened), 1u);
  for (int i = 0; i < 2; ++i) {
    for (const TestEntry& entry : entries) EXPECT_TRUE(get_from(world, **opened, entry.key, 0).found);
  }
  const uint64_t misses = world.statistics.total(Counter::kCacheMisses);
  EXPECT_GT(misses, 5u);
  EXPECT_LT(misses, 100u);
  EXPECT_EQ(world.counters.total(ReadCounter::kCacheHits) + misses, 4000u);
  EXPECT_EQ(world.counters.total(ReadCounter::kFilterChecked), 4000u);
  EXPECT_EQ(world.counters.total(ReadCounter::kFilterUseful), 0u);
  for (int i = 0; i < 1000; ++i)
    EXPECT_FALSE(get_from(world, **opened, "absent" + std::to_string(i), 0).found);
  EXPECT_GT(world.counters.total(ReadCounter::kFilterUseful), 950u);
}

TEST(TableReader, PrivateReadsLeaveTheCacheEmpty) {
  const auto entries = numbered(2000);
  const TableImage image = make_table(entries);
  TableWorld world;
  auto opened = world.open(image);
  ASSERT_TRUE(opened);
  for (const TestEntry& entry : entries) EXPECT_TRUE(get_from(world, **opened, entry.key, 0, false).found);
  const auto iterator = (*opened)->new_iterator(false, 10000);
  size_t rows = 0;
  for (iterator->seek_first(); iterator->valid(); iterator->next()) ++rows;
  EXPECT_EQ(rows, entries.size());
  world.epochs.reclaim();
  EXPECT_EQ(world.cache.usage(), 0u);
}

TEST(TableReader, AnswerStaysReadableWhilePinned) {
  const auto entries = numbered(500);
  const TableImage image = make_table(entries);
  TableWorld world(0);
  for (const bool fill_cache : {false, true}) {
    FramePin pin;
    TableReader::Found found;
    {
      auto opened = world.open(image);
      ASSERT_TRUE(opened);
      EpochGuard guard(world.epochs);
      bool was_found = false;
      ASSERT_TRUE((*opened)->get(entries[3].key, hash_key(entries[3].key), 0, fill_cache,
                                 world.counters.stripe(guard.slot_index()), &found, &was_found));
      ASSERT_TRUE(was_found);
      pin = FramePin(found.frame);
    }
    world.epochs.reclaim();
    EXPECT_EQ(found.value, entries[3].value);
  }
  EXPECT_EQ(world.cache.usage(), 0u);
}

/// How many entries of the current block may be stepped over in each direction without a look at anything else.
std::pair<size_t, size_t> plain_counts(Iterator& iterator) {
  return {iterator.plain_rows(false, nullptr).count, iterator.plain_rows(true, nullptr).count};
}

TEST(TableReader, PlainRowsEndBeforeABound) {
  const SeedScope scope(0xB0D5);
  Random random(scope.seed());
  for (int round = 0; round < 60; ++round) {
    std::set<std::string> keys;
    const std::string start(random.below(12), 'p');
    while (keys.size() < 40) keys.insert(start + std::to_string(random.below(3000)));
    std::vector<TestEntry> entries;
    for (const std::string& key : keys) entries.push_back({key, make_tag(0, Kind::kPut), "value"});
    TableOptions options;
    options.block_size_bytes = 100 + random.below(600);
    TableWorld world;
    const TableImage image = make_table(entries, options);
    auto opened = world.open(image);
    ASSERT_TRUE(opened);
    const auto iterator = (*opened)->new_iterator(true, 0);
    size_t at = 0;
    for (iterator->seek_first(); iterator->valid(); iterator->next(), ++at) {
      for (int i = 0; i < 20; ++i) {
        const std::string bound = random.one_in(2) ? entries[random.below(entries.size())].key
                                                   : start + std::to_string(random.below(3000));
        const bool forward = bound > entries[at].key;
        const Bytes bytes(bound);
        const Iterator::PlainRows all = iterator->plain_rows(forward, nullptr);
        const Iterator::PlainRows rows = iterator->plain_rows(forward, &bytes);
        size_t expected = 0;
        const auto is_within = [&](size_t n) {
          return forward ? entries[at + n].key < bound : entries[at - n].key > bound;
        };
        while (expected < all.count && is_within(expected + 1)) ++expected;
        ASSERT_EQ(rows.count, expected) << escape_bytes(bound) << " from " << escape_bytes(entries[at].key);
        ASSERT_EQ(rows.ends_at_bound, expected < all.count);
        ASSERT_NE(rows.leaf, nullptr);
      }
    }
  }
}

TEST(TableReader, EntriesWithoutTagsArePlainExceptTheRestOfAKeyFromTheBlockBefore) {
  const Tag settled = make_tag(0, Kind::kPut);
  std::vector<TestEntry> entries;
  for (int i = 9; i > 0; --i)
    entries.push_back({"key", make_tag(static_cast<Timestamp>(i), Kind::kPut), "v"});
  entries.push_back({"key", settled, "oldest"});
  for (const char* key : {"kez", "l", "m"}) entries.push_back({key, settled, std::string(10, 'v')});
  size_t plain_seen = 0;
  for (size_t block_size = 64; block_size < 400; block_size += 4) {  // one of them cuts right before "oldest"
    TableWorld world;
    TableOptions options;
    options.block_size_bytes = block_size;
    const TableImage image = make_table(entries, options);
    auto opened = world.open(image);
    ASSERT_TRUE(opened);
    const auto iterator = (*opened)->new_iterator(true, 0);
    size_t at = 0;
    for (iterator->seek_first(); iterator->valid(); iterator->next(), ++at) {
      const auto [before, behind] = plain_counts(*iterator);
      for (size_t i = at - before; i < at; ++i) EXPECT_NE(entries[i].key, "key") << block_size;
      EXPECT_LE(at + behind, entries.size() - 1);
      if (at + 1 < entries.size() && entries[at].key == "key" && entries[at].tag != settled) {
        EXPECT_EQ(behind, 0u);
      }
      plain_seen += before + behind;
    }
  }
  EXPECT_GT(plain_seen, 100u);
}

TEST(TableReader, ClosingATableGivesItsMemoryBack) {
  const TableImage image = make_table(numbered(3000));
  TableWorld world;
  {
    auto opened = world.open(image);
    ASSERT_TRUE(opened);
    const auto iterator = (*opened)->new_iterator(true);
    for (iterator->seek_first(); iterator->valid(); iterator->next()) continue;
    EXPECT_GT(world.cache.usage(), image.content.size() / 2);
    EXPECT_GT((*opened)->memory_usage(), 3000u);
  }
  world.epochs.reclaim();
  EXPECT_EQ(world.cache.usage(), 0u);
}

TEST(TableReader, IteratorKeepsItsBlockWhileOthersAreEvicted) {
  const auto entries = numbered(2000);
  const TableImage image = make_table(entries, {.block_size_bytes = 500});
  TableWorld world(3000);
  auto opened = world.open(image);
  ASSERT_TRUE(opened);
  const auto iterator = (*opened)->new_iterator(true);
  iterator->seek(entries[1000].key, kTagMax);
  ASSERT_TRUE(iterator->valid());
  for (const TestEntry& entry : entries) get_from(world, **opened, entry.key, 0);
  world.epochs.reclaim();
  EXPECT_EQ(iterator->value(), entries[1000].value);
  iterator->next();
  EXPECT_EQ(iterator->value(), entries[1001].value);
}

TEST(TableReader, UncheckedReadsStillAnswer) {
  const auto entries = numbered(300);
  const TableImage image = make_table(entries);
  TableWorld world;
  auto opened = world.open(image, false);
  ASSERT_TRUE(opened);
  for (const TestEntry& entry : entries)
    EXPECT_EQ(get_from(world, **opened, entry.key, 0).value, entry.value);
}

TEST(TableReader, VerifyStopsWhenProgressSaysSo) {
  const TableImage image = make_table(numbered(3000));
  TableWorld world;
  auto opened = world.open(image);
  ASSERT_TRUE(opened);
  int calls = 0;
  const Status stopped = (*opened)->verify(
      [&](uint64_t) { return ++calls == 2 ? Status(Code::kCancelled, "enough") : Status::ok(); });
  EXPECT_EQ(stopped.code(), Code::kCancelled);
  EXPECT_EQ(calls, 2);
}

TEST(TableReader, DescribesEveryBlock) {
  const TableImage image = make_table(numbered(1000), {.block_size_bytes = 1000});
  TableWorld world;
  auto opened = world.open(image);
  ASSERT_TRUE(opened);
  size_t blocks = 0;
  std::string text;
  (*opened)->describe([&](std::string_view line) {
    blocks += line.starts_with("block ") && !line.starts_with("block index");
    text.append(line).push_back('\n');
  });
  EXPECT_NE(text.find("blocks " + std::to_string(blocks) + " of 1000 bytes"), std::string::npos) << text;
  EXPECT_NE(text.find("entries 1000, deletes 0"), std::string::npos) << text;
}

/// Readers, scanners and a shrinking and growing cache at once: nobody may see anything but the entries.
TEST(TableReader, ThreadsReadThroughACacheThatIsTooSmall) {
  SeedScope seed(51);
  const auto entries = numbered(3000);
  const TableImage image = make_table(entries, {.block_size_bytes = 700});
  for (const size_t budget : {size_t{0}, size_t{2000}, size_t{60000}}) {
    TableWorld world(budget);
    auto opened = world.open(image);
    ASSERT_TRUE(opened);
    const TableReader& table = **opened;
    std::atomic<size_t> bad{0};
    const auto work = [&](uint64_t thread_seed) {
      Random random(thread_seed);
      const auto iterator = table.new_iterator(random.one_in(2), random.below(3) * 1500);
      for (int i = 0; i < 1500; ++i) {
        const size_t at = random.below(entries.size());
        const GetAnswer answer = get_from(world, table, entries[at].key, 0, !random.one_in(4));
        if (!answer.status || !answer.found || answer.value != entries[at].value) ++bad;
        if (!random.one_in(20)) continue;
        iterator->seek(entries[at].key, kTagMax);
        for (size_t row = at; row < std::min(at + 30, entries.size()); ++row) {
          if (!iterator->valid() || iterator->key() != entries[row].key ||
              iterator->value() != entries[row].value)
            ++bad;
          if (iterator->valid()) iterator->next();
        }
        if (random.one_in(10)) world.cache.set_budget(random.below(2 * budget + 1));
      }
    };
    std::vector<std::thread> threads;
    for (uint64_t i = 0; i < 4; ++i) threads.emplace_back(work, seed.seed() + i);
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(bad.load(), 0u);
  }
}

}  // namespace
}  // namespace wombat
