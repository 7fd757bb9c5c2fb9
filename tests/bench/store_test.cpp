/// The contract of the adapters that wombat_compare measures through: every engine of this build against an ordered map. An adapter
/// that did less than it says would make its engine look fast.
#include "store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "bench_random.h"
#include "store_catalog.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat::bench {
namespace {

using Model = std::map<std::string, std::string>;

StoreSettings small_settings() {
  StoreSettings settings;
  settings.write_buffer_bytes = size_t{1} << 20;
  settings.cache_bytes = size_t{16} << 20;
  return settings;
}

std::string key_of(uint64_t number) {
  std::string key(16, '0');
  for (size_t i = 8; i-- > 0; number >>= 8) key[i] = static_cast<char>(number & 0xFF);
  return key;
}

class StoreTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { open(); }
  void TearDown() override {
    session_.reset();
    if (store_) store_->close();
  }
  void open(bool sync_writes = false) {
    StoreSettings settings = small_settings();
    settings.sync_writes = sync_writes;
    store_ = find_store_kind(GetParam())->make(settings);
    store_->open(directory_.path());
    session_ = store_->new_session();
  }
  void reopen(bool sync_writes = false) {
    session_.reset();
    store_->close();
    open(sync_writes);
  }
  void put(const std::string& key, const std::string& value) {
    session_->put(key, value);
    model_[key] = value;
  }

  void expect_get(const std::string& key) {
    ReadBuffer buffer;
    const auto expected = model_.find(key);
    const bool is_found = session_->get(key, &buffer);
    ASSERT_EQ(is_found, expected != model_.end());
    if (!is_found) return;
    EXPECT_EQ(buffer.value, expected->second);
    EXPECT_GE(buffer.value.data(), buffer.memory.data()) << "the value is not in the caller's memory";
    EXPECT_LE(buffer.value.data() + buffer.value.size(), buffer.memory.data() + buffer.memory.size());
  }

  void expect_rows() {
    StoreCursor& cursor = session_->fresh_cursor();
    StoreEntry row;
    bool is_row = cursor.first(&row);
    for (const auto& [key, value] : model_) {
      ASSERT_TRUE(is_row);
      ASSERT_EQ(row.key, key);
      ASSERT_EQ(row.value, value);
      is_row = cursor.next(&row);
    }
    EXPECT_FALSE(is_row);
    is_row = cursor.last(&row);
    for (auto expected = model_.rbegin(); expected != model_.rend(); ++expected) {
      ASSERT_TRUE(is_row);
      ASSERT_EQ(row.key, expected->first);
      is_row = cursor.prev(&row);
    }
    EXPECT_FALSE(is_row);
    session_->release_cursor();
  }

  void expect_seek(const std::string& target) {
    StoreCursor& cursor = session_->fresh_cursor();
    StoreEntry row;
    bool is_row = cursor.seek(target, &row);
    auto expected = model_.lower_bound(target);
    for (int step = 0; step < 4; ++step, ++expected) {
      ASSERT_EQ(is_row, expected != model_.end());
      if (!is_row) break;
      ASSERT_EQ(row.key, expected->first);
      ASSERT_EQ(row.value, expected->second);
      is_row = cursor.next(&row);
    }
    session_->release_cursor();
  }

  TempDirectory directory_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<StoreSession> session_;
  Model model_;
};

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  for (const StoreKind& kind : store_kinds()) {
#ifdef __SANITIZE_THREAD__  // peers come without the sanitizer, which then misunderstands them
    if (std::string(kind.name) != "wombat") continue;
#endif
    names.push_back(kind.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Engines, StoreTest, ::testing::ValuesIn(engine_names()), [](const auto& parameter) {
  std::string name = parameter.param;
  for (char& letter : name)
    if (letter == '-') letter = '_';
  return name;
});

TEST_P(StoreTest, does_what_an_ordered_map_does) {
  const SeedScope seed(11);
  BenchRandom random(seed.seed());
  constexpr uint64_t kKeys = 3000;
  for (int step = 0; step < 12'000; ++step) {
    const std::string key = key_of(random.below(kKeys));
    switch (random.below(12)) {
      case 0:
      case 1:
        session_->remove(key);
        model_.erase(key);
        break;
      case 2:
        expect_get(key);
        break;
      case 3:
        expect_seek(key);
        break;
      default:
        put(key, std::string(random.below(300), static_cast<char>('a' + random.below(26))));
    }
    if (HasFatalFailure()) return;
    if (step % 4000 == 3999) {
      store_->flush();
      store_->wait();
    }
    if (step == 7000) reopen();
  }
  expect_rows();
  for (uint64_t number = 0; number < kKeys; ++number) expect_get(key_of(number));
}

TEST_P(StoreTest, a_batch_is_written_and_replaces_what_was_there) {
  put(key_of(5), "old");
  std::vector<std::string> keys, values;
  for (uint64_t i = 0; i < 100; ++i) {
    keys.push_back(key_of(i));
    values.push_back("value " + std::to_string(i));
  }
  std::vector<StoreEntry> batch;
  for (size_t i = 0; i < keys.size(); ++i) {
    batch.push_back({keys[i], values[i]});
    model_[keys[i]] = values[i];
  }
  session_->put_batch(batch);
  session_->put_batch(batch);
  expect_rows();
}

TEST_P(StoreTest, multi_get_gives_each_value_in_its_place) {
  for (uint64_t i = 0; i < 50; i += 2) put(key_of(i), "value " + std::string(i, 'x'));
  for (const bool is_flushed : {false, true}) {
    if (is_flushed) store_->flush();
    std::vector<std::string> keys;
    for (uint64_t i = 0; i < 32; ++i) keys.push_back(key_of(31 - i));
    const std::vector<std::string_view> views(keys.begin(), keys.end());
    std::vector<std::string_view> values(views.size(), "left over");
    ReadBuffer buffer;
    EXPECT_EQ(session_->multi_get(views, &buffer, values), 16u);
    for (size_t i = 0; i < keys.size(); ++i) {
      const auto expected = model_.find(keys[i]);
      if (expected == model_.end()) {
        EXPECT_EQ(values[i].data(), nullptr);
      } else {
        EXPECT_EQ(values[i], expected->second);
      }
    }
  }
}

TEST_P(StoreTest, a_view_is_the_value) {
  if (!store_->has_views()) GTEST_SKIP() << "this engine has none";
  put(key_of(1), std::string(1000, 'v'));
  for (const bool is_flushed : {false, true}) {
    if (is_flushed) store_->flush();
    std::string_view value;
    ASSERT_TRUE(session_->get_view(key_of(1), &value));
    EXPECT_EQ(value, model_[key_of(1)]);
    EXPECT_FALSE(session_->get_view(key_of(2), &value));
  }
}

TEST_P(StoreTest, a_cursor_shows_the_moment_when_it_was_made) {
  for (uint64_t i = 0; i < 100; ++i) put(key_of(i), "first");
  StoreCursor& cursor = session_->fresh_cursor();
  const std::unique_ptr<StoreSession> other = store_->new_session();
  for (uint64_t i = 0; i < 200; ++i) other->put(key_of(i), "second");
  other->remove(key_of(50));
  size_t count = 0;
  StoreEntry row;
  for (bool is_row = cursor.first(&row); is_row; is_row = cursor.next(&row), ++count)
    EXPECT_EQ(row.value, "first");
  EXPECT_EQ(count, 100u);
  StoreCursor& newer = session_->fresh_cursor();
  count = 0;
  for (bool is_row = newer.first(&row); is_row; is_row = newer.next(&row), ++count)
    EXPECT_EQ(row.value, "second");
  EXPECT_EQ(count, 199u);
  session_->release_cursor();
}

TEST_P(StoreTest, sessions_of_several_threads_write_together) {
  constexpr uint64_t kThreads = 4, kEach = 500;
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<StoreSession>> sessions;
  for (uint64_t t = 0; t < kThreads; ++t) sessions.push_back(store_->new_session());
  for (uint64_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < kEach; ++i) {
        sessions[t]->put(key_of(i * kThreads + t), "own");
        sessions[t]->put(key_of(1'000'000 + i % 10), "shared");
      }
    });
  for (std::thread& thread : threads) thread.join();
  sessions.clear();
  for (uint64_t i = 0; i < kThreads * kEach; ++i) model_[key_of(i)] = "own";
  for (uint64_t i = 0; i < 10; ++i) model_[key_of(1'000'000 + i)] = "shared";
  expect_rows();
}

TEST_P(StoreTest, synced_writes_are_there_after_opening_again) {
  reopen(true);
  for (uint64_t i = 0; i < 20; ++i) put(key_of(i), "synced");
  reopen();
  expect_rows();
}

TEST_P(StoreTest, a_transaction_reads_into_memory_of_the_caller_and_writes) {
  if (!find_store_kind(GetParam())->takes_part(StoreUse::kTransactions))
    GTEST_SKIP() << "this engine has none";
  put(key_of(1), "one");
  const std::string keys[] = {key_of(1), key_of(2), key_of(3)};
  const std::string_view reads[] = {keys[0], keys[1]};
  const StoreEntry writes[] = {{keys[1], "two"}, {keys[2], "three"}};
  ReadBuffer values[2];
  ASSERT_TRUE(session_->transact(reads, writes, values));
  EXPECT_EQ(values[0].value, "one");
  EXPECT_EQ(values[0].value.data(), values[0].memory.data());
  EXPECT_EQ(values[1].value.data(), nullptr);
  model_[keys[1]] = "two";
  model_[keys[2]] = "three";
  expect_rows();
  ASSERT_TRUE(session_->transact(reads, writes, values)) << "a session does one after another";
  EXPECT_EQ(values[1].value, "two");
  for (const bool is_synced : {true, false}) {
    reopen(is_synced);
    ASSERT_TRUE(session_->transact(reads, writes, values));
  }
  expect_rows();
}

/// Two threads in step: each reads the key that the other one writes. One of them comes first, so one must see the other's. An
/// adapter whose reads are not checked shows write skew here.
TEST_P(StoreTest, transactions_are_serializable) {
  if (!find_store_kind(GetParam())->takes_part(StoreUse::kTransactions))
    GTEST_SKIP() << "this engine has none";
  constexpr uint64_t kRounds = 5000;
  std::atomic<uint64_t> arrived[kRounds] = {};
  std::vector<char> has_seen[2] = {std::vector<char>(kRounds), std::vector<char>(kRounds)};
  const std::unique_ptr<StoreSession> sessions[] = {store_->new_session(), store_->new_session()};
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      ReadBuffer values[1];
      for (uint64_t round = 0; round < kRounds; ++round) {
        const std::string read = key_of(2 * round + t), write = key_of(2 * round + 1 - t);
        const std::string_view reads[] = {read};
        const StoreEntry writes[] = {{write, "written"}};
        arrived[round].fetch_add(1);
        // Spins first: a transaction takes little more than a microsecond.
        for (int spin = 0; arrived[round].load() < 2; ++spin)
          if (spin > 20'000) std::this_thread::yield();
        while (!sessions[t]->transact(reads, writes, values)) {
        }
        has_seen[t][round] = values[0].value.data() != nullptr;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (uint64_t round = 0; round < kRounds; ++round)
    EXPECT_TRUE(has_seen[0][round] || has_seen[1][round]) << round;
}

}  // namespace
}  // namespace wombat::bench
