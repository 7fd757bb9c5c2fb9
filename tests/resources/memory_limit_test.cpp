// The ceiling: a database several times as large as memory.limit is loaded, overwritten, compacted, scanned and read at
// random, and the anonymous memory of the process stays within 110 % of the limit beside what the process had before.
//
//   WOMBAT_MEMORY_DATA_MB=20000 WOMBAT_MEMORY_LIMIT_MB=512 WOMBAT_MEMORY_CSV=memory.csv TMPDIR=/on/a/disk memory_limit_test
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <vector>

#include "base/random.h"
#include "resources/memory_sampler.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat {

namespace {

constexpr uint64_t kMiBytes = uint64_t{1} << 20;
constexpr size_t kKeySize = 16;
constexpr size_t kValueSize = 100;

uint64_t number_of(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// A permutation of 64 bits: keys come in random order, and none twice.
uint64_t scrambled(uint64_t number) {
  number = (number ^ number >> 31) * 0x9E3779B97F4A7C15ull;
  number = (number ^ number >> 29) * 0xBF58476D1CE4E5B9ull;
  return number ^ number >> 32;
}

void make_key(uint64_t index, char* key) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (uint64_t word = scrambled(index), i = 0; i < kKeySize; ++i, word <<= 4) key[i] = kDigits[word >> 60];
}

class MemoryLimit : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer has memory of its own";
#endif
    if (resident_anonymous_bytes() == 0) GTEST_SKIP() << "the system does not tell";
  }

  void require(wombat_status status) { ASSERT_EQ(status, WOMBAT_OK) << error_.message; }

  void open(const std::string& path, const std::string& text) {
    wombat_options* options = nullptr;
    require(wombat_options_create(&options, &error_));
    require(wombat_options_parse(options, text.c_str(), &error_));
    require(wombat_open(path.c_str(), options, &db_, &error_));
    wombat_options_destroy(options);
  }

  void put(uint64_t first, uint64_t count) {
    wombat_batch* batch = nullptr;
    require(wombat_batch_create(&batch, &error_));
    char key[kKeySize];
    char value[kValueSize];
    constexpr uint64_t kBatch = 100;
    for (uint64_t i = first; i < first + count; ++i) {
      make_key(i, key);
      for (size_t at = 0; at + 8 <= kValueSize; at += 8) {
        const uint64_t word = random_.next();
        std::memcpy(value + at, &word, 8);
      }
      require(wombat_batch_put(batch, key, kKeySize, value, kValueSize, &error_));
      if ((i + 1 - first) % kBatch != 0 && i + 1 != first + count) continue;
      require(wombat_write(db_, batch, nullptr, &error_));
      require(wombat_batch_clear(batch, &error_));
    }
    wombat_batch_destroy(batch);
  }

  uint64_t scan(uint64_t readahead) {
    wombat_iterator_options options = WOMBAT_ITERATOR_OPTIONS_INIT;
    options.readahead_size = readahead;
    wombat_iterator* rows = nullptr;
    require(wombat_iterator_create(db_, &options, &rows, &error_));
    uint64_t count = 0;
    const void* key = nullptr;
    const void* value = nullptr;
    size_t key_size = 0;
    size_t value_size = 0;
    while (wombat_iterator_next(rows, &key, &key_size, &value, &value_size, &error_) == WOMBAT_OK) ++count;
    wombat_iterator_destroy(rows);
    return count;
  }

  void read_at_random(uint64_t entries, uint64_t count) {
    char key[kKeySize];
    char value[kValueSize];
    size_t size = 0;
    for (uint64_t i = 0; i < count; ++i) {
      make_key(random_.below(entries), key);
      require(wombat_get(db_, key, kKeySize, nullptr, value, sizeof value, &size, &error_));
    }
  }

  void scan_at_random(uint64_t entries, uint64_t count) {
    wombat_iterator* rows = nullptr;
    require(wombat_iterator_create(db_, nullptr, &rows, &error_));
    char target[kKeySize];
    const void* key = nullptr;
    const void* value = nullptr;
    size_t key_size = 0;
    size_t value_size = 0;
    for (uint64_t i = 0; i < count; ++i) {
      make_key(random_.below(entries), target);
      require(wombat_iterator_seek(rows, target, kKeySize, &key, &key_size, &value, &value_size, &error_));
      for (int step = 0; step < 50; ++step)
        static_cast<void>(wombat_iterator_next(rows, &key, &key_size, &value, &value_size, &error_));
    }
    wombat_iterator_destroy(rows);
  }

  wombat_db* db_ = nullptr;
  wombat_error error_{};
  Random random_{test_seed(43)};
};

TEST_F(MemoryLimit, HoldsWhileADatabaseLargerThanItIsUsed) {
  const uint64_t data_bytes = number_of("WOMBAT_MEMORY_DATA_MB", 300) * kMiBytes;
  const uint64_t limit_bytes = number_of("WOMBAT_MEMORY_LIMIT_MB", 64) * kMiBytes;
  const char* const csv = std::getenv("WOMBAT_MEMORY_CSV");
  const char* const more = std::getenv("WOMBAT_MEMORY_OPTIONS");
  const uint64_t entries = data_bytes / (kKeySize + kValueSize);
  const uint64_t reads = number_of("WOMBAT_MEMORY_READS", 100'000);
  const TempDirectory directory;
  const uint64_t before = resident_anonymous_bytes();
  MemorySampler sampler(csv == nullptr ? "" : csv);
  open(directory.path() + "/db",
       "wal.sync=os; memory.limit=" + std::to_string(limit_bytes) + "; " + (more == nullptr ? "" : more));
  sampler.watch(db_);
  const auto run = [&](const char* phase, const std::function<void()>& work) {
    if (HasFatalFailure()) return;
    sampler.begin_phase(phase);
    const auto began = std::chrono::steady_clock::now();
    work();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf("%-12s %8.1f s\n", phase, seconds);
  };
  run("load", [&] { put(0, entries); });
  run("overwrite", [&] { put(0, entries / 10); });
  run("compaction", [&] { require(wombat_compact_range(db_, nullptr, 0, nullptr, 0, nullptr, &error_)); });
  run("scan", [&] { EXPECT_EQ(scan(0), entries); });
  run("readahead", [&] { EXPECT_EQ(scan(kMiBytes), entries); });
  run("gets", [&] { read_at_random(entries, reads); });
  run("short_scans", [&] { scan_at_random(entries, reads / 10); });
  run("mixed", [&] {
    for (uint64_t i = 0; i < 20; ++i) {
      put(i * (entries / 20), entries / 200);
      read_at_random(entries, reads / 20);
    }
  });
  sampler.begin_phase("close");
  char usage[2048];
  size_t length = 0;
  require(wombat_property(db_, "memory.usage", usage, sizeof usage, &length, &error_));
  uint64_t peak_counted = 0;
  require(wombat_property_integer(db_, "memory.peak", &peak_counted, &error_));
  sampler.watch(nullptr);
  require(wombat_close(db_, &error_));
  const uint64_t allowed = before + limit_bytes + limit_bytes / 10;
  std::printf("%s\n", usage);
  for (const auto& [phase, peak] : sampler.peaks()) {
    std::printf(
        "%-12s %8.1f MiB, %5.1f %% of the limit\n", phase.c_str(),
        static_cast<double>(peak) / static_cast<double>(kMiBytes),
        100.0 * static_cast<double>(peak - std::min(peak, before)) / static_cast<double>(limit_bytes));
    EXPECT_LE(peak, allowed) << phase << ": the process had " << before << " bytes before";
  }
  EXPECT_LE(peak_counted, limit_bytes);
  EXPECT_GT(peak_counted, limit_bytes / 4);
}

class MemoryShares : public MemoryLimit {
 protected:
  uint64_t number(const char* property) {
    uint64_t value = 0;
    require(wombat_property_integer(db_, property, &value, &error_));
    return value;
  }
  wombat_status put_into(wombat_db* keyspace, uint64_t index) {
    char key[kKeySize];
    make_key(index, key);
    const std::string value(1000, static_cast<char>('a' + index % 26));
    return wombat_put(keyspace, key, kKeySize, value.data(), value.size(), nullptr, &error_);
  }
  const TempDirectory directory_;
};

// Each keyspace may have several memtables: together they stay within their share, and writers who wait for flushes
// always go on.
TEST_F(MemoryShares, ManyKeyspacesShareTheMemtables) {
  open(directory_.path() + "/db", "wal.sync=os; memory.limit=32MiB");
  std::vector<wombat_db*> keyspaces(16);
  for (size_t i = 0; i < keyspaces.size(); ++i) {
    const std::string name = "keyspace " + std::to_string(i);
    require(wombat_keyspace_create(db_, name.c_str(), nullptr, &error_));
    require(wombat_keyspace_open(db_, name.c_str(), &keyspaces[i], &error_));
  }
  for (uint64_t i = 0; i < 100'000; ++i) require(put_into(keyspaces[i % keyspaces.size()], i));
  EXPECT_LE(number("memory.peak"), 32 * kMiBytes);
  for (wombat_db* keyspace : keyspaces) require(wombat_close(keyspace, &error_));
  require(wombat_close(db_, &error_));
}

// Memtables that iterators keep cannot be given back: writes fail in words, and go on when the iterators have ended.
TEST_F(MemoryShares, WritesFailWhileIteratorsKeepAllMemory) {
  open(directory_.path() + "/db", "wal.sync=os; memory.limit=16MiB");
  std::vector<wombat_iterator*> iterators;
  uint64_t written = 0;
  wombat_status status = WOMBAT_OK;
  for (; status == WOMBAT_OK && written < 400'000; ++written) {
    if (written % 500 == 0) {
      iterators.emplace_back();
      require(wombat_iterator_create(db_, nullptr, &iterators.back(), &error_));
    }
    status = put_into(db_, written);
  }
  EXPECT_EQ(status, WOMBAT_NO_MEMORY);
  EXPECT_NE(std::string(error_.message).find("memory.limit"), std::string::npos) << error_.message;
  EXPECT_LE(number("memory.peak"), 20 * kMiBytes);
  for (wombat_iterator* iterator : iterators) wombat_iterator_destroy(iterator);
  for (uint64_t i = 0; i < 20'000; ++i) require(put_into(db_, written + i));
  require(wombat_close(db_, &error_));
}

TEST_F(MemoryShares, WhatIsLargerThanItsShareIsRefused) {
  open(directory_.path() + "/db", "wal.sync=os; memory.limit=32MiB");
  const std::string large(5 * kMiBytes, 'x');
  EXPECT_EQ(wombat_put(db_, "k", 1, large.data(), large.size(), nullptr, &error_), WOMBAT_TOO_LARGE);
  EXPECT_NE(std::string(error_.message).find("memory.limit"), std::string::npos) << error_.message;
  const std::string piece(kMiBytes, 'y');
  std::vector<wombat_txn*> transactions;
  wombat_status status = WOMBAT_OK;
  for (int i = 0; status == WOMBAT_OK && i < 20; ++i) {
    transactions.emplace_back();
    require(wombat_txn_begin(db_, nullptr, &transactions.back(), &error_));
    for (int j = 0; status == WOMBAT_OK && j < 3; ++j)
      status =
          wombat_txn_put(transactions.back(), nullptr, &j, sizeof j, piece.data(), piece.size(), 0, &error_);
  }
  EXPECT_EQ(status, WOMBAT_NO_MEMORY);
  EXPECT_LT(transactions.size(), 6u);
  for (wombat_txn* transaction : transactions) wombat_txn_destroy(transaction);
  EXPECT_EQ(number("memory.total") / kMiBytes, 0u);
  require(wombat_close(db_, &error_));
}

TEST_F(MemoryShares, ALimitChangesWhileTheDatabaseIsOpen) {
  open(directory_.path() + "/db", "wal.sync=os; memory.limit=256MiB");
  constexpr uint64_t kEntries = 700'000;
  put(0, kEntries);
  require(wombat_compact_range(db_, nullptr, 0, nullptr, 0, nullptr, &error_));
  EXPECT_EQ(scan(0), kEntries);
  EXPECT_GT(number("memory.total"), 60 * kMiBytes);
  EXPECT_EQ(wombat_set_option(db_, "memory.limit", "1MiB", &error_), WOMBAT_INVALID_ARGUMENT);
  require(wombat_set_option(db_, "memory.limit", "32MiB", &error_));
  EXPECT_LE(number("memory.total"), 32 * kMiBytes);
  EXPECT_EQ(number("memory.limit"), 32 * kMiBytes);
  EXPECT_EQ(wombat_set_option(db_, "cache.size", "40MiB", &error_), WOMBAT_INVALID_ARGUMENT);
  EXPECT_EQ(scan(0), kEntries);
  EXPECT_LE(number("memory.total"), 32 * kMiBytes);
  require(wombat_set_option(db_, "memory.limit", "256MiB", &error_));
  EXPECT_EQ(scan(0), kEntries);
  EXPECT_GT(number("memory.total"), 60 * kMiBytes);
  require(wombat_close(db_, &error_));
}

}  // namespace

}  // namespace wombat
