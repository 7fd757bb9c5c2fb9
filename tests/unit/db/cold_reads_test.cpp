// What is read from files: how much, in how many reads, and what becomes of failures; directly, and without queues.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"
#include "db/db.h"
#include "db/db_iterator.h"
#include "env/read_rings.h"
#include "support/fault_file_system.h"
#include "support/seed.h"
#include "support/sim_file_system.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

constexpr int kRowCount = 4000;

std::string key_of(int number) {
  std::string digits = std::to_string(number);
  return "key" + std::string(8 - digits.size(), '0') + digits;
}
/// Bytes that do not compress, so that places in files are what they seem.
std::string value_of(int number) {
  Random random(static_cast<uint64_t>(number) + 1);
  std::string value(100, '\0');
  for (char& byte : value) byte = static_cast<char>(random.next());
  return value;
}

std::shared_ptr<Db> open_database(FileSystem* files, const std::string& path, const std::string& more) {
  Options options;
  EXPECT_TRUE(options.parse("cache.size=0;compaction.min_compaction_files=100")) << more;
  EXPECT_TRUE(options.parse(more)) << more;
  Environment environment;
  if (files != nullptr) environment.file_system = files;
  auto opened = Db::open(path, options, environment);
  EXPECT_TRUE(opened) << opened.status().to_string();
  return opened ? std::move(opened).value() : nullptr;
}

void fill(Db& db) {
  for (int i = 0; i < kRowCount; i += 100) {
    WriteBatch batch;
    for (int j = i; j < i + 100; ++j) ASSERT_TRUE(batch.put(key_of(j), value_of(j)));
    WriteRequest request;
    request.record = batch.record();
    ASSERT_TRUE(db.write(request));
  }
  ASSERT_TRUE(db.flush({}));
  ASSERT_TRUE(db.wait_for_background({}));
}

/// Of tables.
class ReadCounter : public CallObserver {
 public:
  void after_call(const FileCall& call, const Status&) override {
    if (call.kind != CallKind::kRead || !call.name.ends_with(".table")) return;
    ++reads;
    bytes += call.size;
  }
  uint64_t reads = 0;
  uint64_t bytes = 0;
};

class ColdScans : public testing::Test {
 protected:
  void SetUp() override {
    db_ = open_database(&files_, "d", "");
    ASSERT_NE(db_, nullptr);
    fill(*db_);
    static_cast<void>(scan(0, 1, true));  // which opens the table
  }
  void TearDown() override {
    if (db_ != nullptr) {
      EXPECT_TRUE(db_->close());
    }
  }
  struct Cost {
    uint64_t reads;
    uint64_t bytes;
    uint64_t ahead;
    size_t memory_used;
  };
  /// From row `first` on, `count` rows, all of which have to be right.
  Cost scan(int first, int count, bool forward, bool fill_cache = false) {
    ReadCounter counter;
    files_.add_observer(&counter);
    const uint64_t ahead_before = db_->counter_total(Counter::kReadAheadBytes);
    size_t memory_used = 0;
    {
      IteratorSettings settings;
      settings.fill_cache = fill_cache;
      auto made = db_->new_iterator(settings);
      EXPECT_TRUE(made);
      DbIterator& rows = **made;
      rows.seek(key_of(first));
      for (int i = 0; i < count; ++i, rows.step(forward)) {
        EXPECT_TRUE(rows.rows().valid()) << rows.rows().status().to_string();
        if (!rows.rows().valid()) break;
        const int number = forward ? first + i : first - i;
        EXPECT_EQ(rows.rows().key(), key_of(number));
        EXPECT_EQ(rows.rows().value(), value_of(number));
      }
      memory_used = db_->memory()->used(MemoryCategory::kIterators);
    }
    files_.remove_observer(&counter);
    return {counter.reads, counter.bytes, db_->counter_total(Counter::kReadAheadBytes) - ahead_before,
            memory_used};
  }

  SimFileSystem disk_;
  FaultFileSystem files_{&disk_};
  std::shared_ptr<Db> db_;
};

TEST_F(ColdScans, ASeekAndTenStepsReadNoMoreThanWithoutReadAhead) {
  for (int first = 100; first < kRowCount - 100; first += 317) {
    for (const bool forward : {true, false}) {
      ASSERT_TRUE(db_->set_option(OptionId::kIoReadahead, "0"));
      const Cost without = scan(first, 11, forward);
      ASSERT_TRUE(db_->set_option(OptionId::kIoReadahead, "256KiB"));
      const Cost with = scan(first, 11, forward);
      EXPECT_EQ(with.bytes, without.bytes);
      EXPECT_EQ(with.reads, without.reads);
      EXPECT_EQ(with.ahead, 0u);
      EXPECT_GT(with.reads, 0u);
    }
  }
}

TEST_F(ColdScans, ALongOneReadsAheadUnlessTheOptionSaysNo) {
  for (const bool forward : {true, false}) {
    const int first = forward ? 0 : kRowCount - 1;
    ASSERT_TRUE(db_->set_option(OptionId::kIoReadahead, "0"));
    const Cost without = scan(first, kRowCount, forward);
    EXPECT_EQ(without.ahead, 0u);
    EXPECT_EQ(without.memory_used, 0u);
    ASSERT_TRUE(db_->set_option(OptionId::kIoReadahead, "256KiB"));
    const Cost with = scan(first, kRowCount, forward);
    EXPECT_LT(with.reads * 5, without.reads);
    EXPECT_LE(with.bytes, without.bytes + without.bytes / 10) << "what was read ahead is used";
    EXPECT_GT(with.ahead, without.bytes / 2);
    EXPECT_GT(with.memory_used, 16u << 10);
    EXPECT_EQ(db_->memory()->used(MemoryCategory::kIterators), 0u) << "and given back";
  }
}

TEST_F(ColdScans, AFailureOfWhatWasReadAheadIsNone) {
  const Cost whole = scan(0, kRowCount, true);
  for (uint64_t i = 5; i < whole.reads; ++i) {  // the first ones that read ahead come behind four blocks
    const uint64_t faults = files_.fault_count();
    files_.add_fault({files_.call_count() + i, CallKind::kRead});
    static_cast<void>(scan(0, kRowCount, true));
    EXPECT_EQ(files_.fault_count(), faults + 1);
    ASSERT_FALSE(HasFailure()) << i;
  }
}

TEST_F(ColdScans, RowsAreRightUnderAnyWindow) {
  for (const char* size : {"1", "5000", "20000", "100KiB", "1MiB"}) {
    ASSERT_TRUE(db_->set_option(OptionId::kIoReadahead, size));
    for (const bool fill_cache : {true, false}) {
      static_cast<void>(scan(0, kRowCount, true, fill_cache));
      static_cast<void>(scan(kRowCount - 1, kRowCount, false, fill_cache));
      static_cast<void>(scan(kRowCount / 2, kRowCount / 2, true, fill_cache));
    }
  }
}

/// On a real file system, where reads may be direct and go through a queue of the kernel.
class ColdGroups : public testing::Test {
 protected:
  void TearDown() override {
    ReadRings::refuse_for_tests(0);
    if (db_ != nullptr) {
      EXPECT_TRUE(db_->close());
    }
  }
  /// Opens what is in the directory; false: this file system has no direct reads, and says so.
  bool reopen(const std::string& more) {
    if (db_ != nullptr) {
      EXPECT_TRUE(db_->close());
    }
    db_ = nullptr;
    Options options;
    EXPECT_TRUE(options.parse("cache.size=0;compaction.min_compaction_files=100"));
    EXPECT_TRUE(options.parse(more));
    auto opened = Db::open(place_.path(), options, Environment());
    if (opened) db_ = std::move(opened).value();
    if (db_ == nullptr) {
      EXPECT_EQ(opened.status().code(), Code::kUnsupported) << opened.status().to_string();
      EXPECT_NE(opened.status().message().find("io.direct"), std::string_view::npos);
    }
    return db_ != nullptr;
  }
  /// Random keys in groups. Rows are right or their keys failed with kCorruption of a table; returns how many failed.
  size_t get_groups(uint64_t seed, int group_count) {
    Random random(seed);
    size_t failed = 0;
    const EpochGuard guard(process_epochs());
    Tree& tree = db_->default_tree();
    for (int round = 0; round < group_count; ++round) {
      Lookup lookups[kLookupGroupMax];
      std::string keys[kLookupGroupMax];
      int numbers[kLookupGroupMax];
      for (size_t i = 0; i < kLookupGroupMax; ++i) {
        numbers[i] = static_cast<int>(random.below(kRowCount + 50));
        keys[i] = key_of(numbers[i]);
        lookups[i].key = keys[i];
      }
      const Status status = tree.get_group(guard, tree.read_state(guard), db_->visible_timestamp(),
                                           round % 2 == 0, Deadline(), lookups, kLookupGroupMax);
      EXPECT_TRUE(status || status.code() == Code::kCorruption) << status.to_string();
      if (!status) {
        failed += kLookupGroupMax;
        continue;
      }
      for (size_t i = 0; i < kLookupGroupMax; ++i) {
        if (!lookups[i].status) {
          EXPECT_EQ(lookups[i].status.code(), Code::kCorruption) << lookups[i].status.to_string();
          EXPECT_NE(lookups[i].status.message().find(".table"), std::string_view::npos);
          ++failed;
          continue;
        }
        EXPECT_EQ(lookups[i].found, numbers[i] < kRowCount);
        if (lookups[i].found) {
          EXPECT_EQ(lookups[i].value.value, value_of(numbers[i]));
        }
      }
    }
    return failed;
  }
  std::string table_path() const {
    for (const auto& entry : std::filesystem::directory_iterator(place_.path()))
      if (entry.path().extension() == ".table") return entry.path().string();
    return "";
  }

  TempDirectory place_;
  std::shared_ptr<Db> db_;
};

TEST_F(ColdGroups, AreTheSameWithoutQueues) {
  const SeedScope seed(29);
  ASSERT_TRUE(reopen(""));
  fill(*db_);
  for (const char* more : {"", "io.direct=true"}) {
    for (const int refusal : {0, ENOSYS, EPERM}) {
      ReadRings::refuse_for_tests(refusal);
      if (!reopen(more)) break;
      EXPECT_EQ(get_groups(seed.seed(), 50), 0u);
      EXPECT_GT(db_->counter_total(Counter::kReadBatches), 40u);
      EXPECT_GT(db_->counter_total(Counter::kBatchedReads), 500u);
    }
  }
}

TEST_F(ColdGroups, DirectOnesReadWhatIsWritten) {
  if (!reopen("io.direct=true;value_log.threshold=50")) GTEST_SKIP() << "no direct reads here";
  fill(*db_);
  EXPECT_EQ(get_groups(1, 20), 0u);
  EXPECT_TRUE(db_->verify({}));
  ASSERT_TRUE(reopen("value_log.threshold=50"));
  EXPECT_EQ(get_groups(2, 20), 0u);
}

TEST_F(ColdGroups, DamageIsToldHoweverItIsRead) {
  const SeedScope seed(31);
  ASSERT_TRUE(reopen(""));
  fill(*db_);
  const std::string path = table_path();
  ASSERT_NE(path, "");
  Random random(seed.seed());
  const uint64_t size = std::filesystem::file_size(path);
  for (const char* more : {"", "io.direct=true"}) {
    if (!reopen(more)) break;
    size_t failed_count = 0;
    for (int round = 0; round < 40; ++round) {
      // Blocks are in front of the index, which is in memory by now.
      const uint64_t at = 4096 + random.below(size / 2);
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(static_cast<std::streamoff>(at));
      const char byte = static_cast<char>(file.get());
      const auto put = [&](char written) {
        file.seekp(static_cast<std::streamoff>(at));
        file.put(written);
        file.flush();
      };
      put(static_cast<char>(byte ^ (1 << random.below(8))));
      failed_count += get_groups(random.next(), 4);
      put(byte);
      ASSERT_EQ(get_groups(random.next(), 1), 0u);
    }
    EXPECT_GT(failed_count, 10u);
    const std::string kept = path + ".kept";
    std::filesystem::copy_file(path, kept);
    std::filesystem::resize_file(path, size / 3 + 11);
    EXPECT_GT(get_groups(random.next(), 4), 32u);
    std::filesystem::copy_file(kept, path, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(kept);
    EXPECT_EQ(get_groups(random.next(), 4), 0u);
  }
}

}  // namespace
}  // namespace wombat
