// One writer, several readers: whatever was inserted before a timestamp was published is seen at that
// timestamp.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "kv/visible_iterator.h"
#include "memtable/memtable.h"
#include "support/seed.h"
#include "unit/kv/entry_list.h"

namespace wombat {
namespace {

constexpr uint64_t kCommits = 6000;
constexpr uint64_t kKeys = 700;  // each is overwritten several times
constexpr int kReaders = 3;

// Commit t writes key (t * prime mod kKeys) with a value that tells t, so a reader at T can compute what it
// must see.
constexpr uint64_t kPrime = 331;

std::string key_of(uint64_t commit) {
  const uint64_t n = commit * kPrime % kKeys;
  return "key" + std::to_string(10000 + n) + std::string(n % 5, 'x');
}

std::string value_of(uint64_t commit) { return std::to_string(commit) + std::string(commit % 90, '.'); }

// kKeys and kPrime are coprime: the last commit to a key at or before T lies less than kKeys back.
uint64_t last_commit_to_key_of(uint64_t commit, uint64_t at) {
  return commit + (at - commit) / kKeys * kKeys;
}

class Readers {
 public:
  explicit Readers(const Memtable& memtable) : memtable_(memtable) {}
  std::atomic<Timestamp> published{0};

  void run(uint64_t seed) {
    Random random(seed);
    const auto kept = memtable_.new_iterator();  // lives across many insertions
    while (published.load(std::memory_order_relaxed) < kCommits) {
      const Timestamp at = published.load(std::memory_order_acquire);
      if (at < 2) continue;
      const uint64_t choice = random.below(30);
      if (choice == 0)
        scan(at, true);
      else if (choice == 1)
        scan(at, false);
      else if (choice == 2)
        wander(*kept, random);
      else if (choice < 8)
        get_group(at, random);
      else
        get(at, 1 + random.below(at));
      if (testing::Test::HasFailure()) return;
    }
  }

 private:
  void get(Timestamp at, uint64_t commit) const {
    Memtable::Found found;
    ASSERT_TRUE(memtable_.may_contain(hash_key(key_of(commit))));
    ASSERT_TRUE(memtable_.get(key_of(commit), at, &found));
    const uint64_t expected = last_commit_to_key_of(commit, at);
    ASSERT_EQ(tag_timestamp(found.tag), expected);
    ASSERT_EQ(found.value, value_of(expected));
  }

  void get_group(Timestamp at, Random& random) const {
    uint64_t commits[Memtable::kGroupSizeMax];
    std::string keys[Memtable::kGroupSizeMax];
    Bytes views[Memtable::kGroupSizeMax];
    Memtable::Found found[Memtable::kGroupSizeMax];
    for (size_t i = 0; i < Memtable::kGroupSizeMax; ++i) {
      commits[i] = 1 + random.below(at);
      views[i] = keys[i] = key_of(commits[i]);
    }
    ASSERT_EQ(memtable_.get_group(views, Memtable::kGroupSizeMax, at, found), ~uint32_t{0});
    for (size_t i = 0; i < Memtable::kGroupSizeMax; ++i) {
      const uint64_t expected = last_commit_to_key_of(commits[i], at);
      ASSERT_EQ(tag_timestamp(found[i].tag), expected);
      ASSERT_EQ(found[i].value, value_of(expected));
    }
  }

  void scan(Timestamp at, bool forward) const {
    VisibleIterator iterator(memtable_.new_iterator(), at, {});
    uint64_t rows = 0;
    std::string last;
    for (forward ? iterator.seek_first() : iterator.seek_last(); iterator.valid();
         forward ? iterator.next() : iterator.prev()) {
      const std::string key(iterator.key());
      if (rows > 0) {
        ASSERT_TRUE(forward ? last < key : key < last);
      }
      const uint64_t commit = tag_timestamp(iterator.tag());
      ASSERT_EQ(last_commit_to_key_of(commit, at), commit);
      ASSERT_EQ(key, key_of(commit));
      ASSERT_EQ(iterator.value(), value_of(commit));
      last = key;
      ++rows;
    }
    ASSERT_EQ(rows, std::min<uint64_t>(at, kKeys));
  }

  // Steps to and fro over all versions, also those that are being added: the order must hold at every step.
  void wander(Iterator& iterator, Random& random) const {
    iterator.seek(key_of(random.below(kCommits)), kTagMax);
    for (int step = 0; step < 60 && iterator.valid(); ++step) {
      const test::TestEntry from = test::entry_of(iterator);
      const bool forward = random.below(5) < 2;
      forward ? iterator.next() : iterator.prev();
      if (!iterator.valid()) return;
      const test::TestEntry to = test::entry_of(iterator);
      ASSERT_TRUE(forward ? test::entry_less(from, to) : test::entry_less(to, from)) << from << " to " << to;
      ASSERT_EQ(to.value, value_of(tag_timestamp(to.tag)));
    }
  }

  const Memtable& memtable_;
};

class MemtableConcurrency : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Kinds, MemtableConcurrency, testing::Values("blocked", "skiplist"));

TEST_P(MemtableConcurrency, ReadersSeeWhatWasPublished) {
  const SeedScope scope(0xC0C0);
  const auto memtable = make_memtable(GetParam(), nullptr, 4096).value();
  Readers readers(*memtable);
  std::vector<std::thread> threads;
  for (int i = 0; i < kReaders; ++i) threads.emplace_back([&, i] { readers.run(scope.seed() + i); });
  for (uint64_t commit = 1; commit <= kCommits; ++commit) {
    memtable->insert(key_of(commit), make_tag(commit, Kind::kPut), value_of(commit));
    readers.published.store(commit, std::memory_order_release);
    if (commit % 50 == 0) std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(memtable->entry_count(), kCommits);
}

/// Key number i: all different, in no order.
std::string scattered_key(uint64_t i) {
  uint64_t hash = (i + 1) * 0x9E3779B97F4A7C15;  // odd, so a bijection
  hash ^= hash >> 32;
  std::string key = "shared/prefix/";
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(hash >> shift);
  return key;
}

void expect_all_published(const Memtable& memtable, const std::atomic<uint64_t>& published, uint64_t count,
                          uint64_t seed) {
  Random random(seed);
  const auto iterator = memtable.new_iterator();
  while (published.load(std::memory_order_relaxed) < count && !testing::Test::HasFailure()) {
    const uint64_t there = published.load(std::memory_order_acquire);
    if (there == 0) continue;
    const std::string key = scattered_key(random.below(there));
    if (!random.one_in(20)) {
      Memtable::Found found;
      ASSERT_TRUE(memtable.get(key, kTimestampMax, &found));
      continue;
    }
    iterator->seek(key, kTagMax);
    ASSERT_TRUE(iterator->valid());
    ASSERT_EQ(iterator->key(), key);
    if (random.one_in(200)) {  // from here to both ends, nothing that was there may be missing
      uint64_t rows = 1;
      std::string last = key;
      for (iterator->next(); iterator->valid(); iterator->next(), ++rows) {
        ASSERT_LT(last, iterator->key());
        last = iterator->key();
      }
      last = key;
      iterator->seek(key, kTagMax);
      for (iterator->prev(); iterator->valid(); iterator->prev(), ++rows) {
        ASSERT_GT(last, iterator->key());
        last = iterator->key();
      }
      ASSERT_GE(rows, there);
    }
  }
}

TEST_P(MemtableConcurrency, NothingPublishedIsMissedWhileTheIndexGrows) {
  const SeedScope scope(0x9A0);
  constexpr uint64_t kCount = 60'000;
  const auto memtable = make_memtable(GetParam(), nullptr, 4096).value();
  std::atomic<uint64_t> published{0};
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < kReaders; ++i) {
    threads.emplace_back([&, i] { expect_all_published(*memtable, published, kCount, scope.seed() + i); });
  }
  Random random(scope.seed());
  for (uint64_t i = 0; i < kCount;) {
    // Large groups as well: their leaves are found side by side, and split while the group is inserted.
    const uint64_t end = std::min(kCount, i + (random.one_in(20) ? 1 + random.below(200) : 1));
    const uint64_t count = end - i;
    for (; i < end; ++i) memtable->stage(scattered_key(i), make_tag(i, Kind::kPut), "");
    memtable->link_staged(count);
    published.store(i, std::memory_order_release);
    if (random.one_in(100)) std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace wombat
