// Reading several keys at a time finds what reading them one by one finds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "db/db.h"
#include "env/read_rings.h"
#include "support/fault_file_system.h"
#include "support/seed.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

constexpr size_t kKeyCount = 400;

class GroupGet : public testing::Test {
 protected:
  void open(const std::string& more) {
    Options options;
    ASSERT_TRUE(options.parse("memtable.size=16KiB;table.size=8KiB;table.block_size=256"));
    ASSERT_TRUE(options.parse(more)) << more;
    Environment environment;
    environment.file_system = &files_;
    auto opened = Db::open(path_, options, environment);
    ASSERT_TRUE(opened) << opened.status().to_string();
    db_ = std::move(opened).value();
  }
  void TearDown() override {
    if (db_ == nullptr) return;
    for (const Timestamp snapshot : snapshots_) db_->release_snapshot(snapshot);
    EXPECT_TRUE(db_->close());
  }

  /// Some share long beginnings, some are short, one is empty.
  static std::string key_of(size_t number) {
    const std::string digits = std::to_string(number * 7919 % 1000);
    switch (number % 4) {
      case 0:
        return "tenant-0001/" + std::string(number % 3 * 8, 'x') + digits;
      case 1:
        return digits;
      case 2:
        return number == 2 ? std::string() : std::string(1, static_cast<char>(number)) + digits;
      default:
        return "user" + std::string(12 - digits.size(), '0') + digits;
    }
  }

  void write(Random& random) {
    WriteBatch batch;
    for (size_t i = 1 + random.below(8); i > 0; --i) {
      // A few keys have many versions: they go on over several blocks.
      const std::string key = key_of(random.one_in(4) ? random.below(3) : random.below(kKeyCount));
      if (random.one_in(5)) {
        ASSERT_TRUE(batch.remove(key));
      } else {
        const size_t size = random.one_in(50) ? 5000 : fixed_sizes_ ? 30 : random.below(90);
        ASSERT_TRUE(batch.put(key, std::string(size, static_cast<char>('a' + random.below(26)))));
      }
    }
    WriteRequest request;
    request.record = batch.record();
    ASSERT_TRUE(db_->write(request));
  }

  /// `count` random keys, some twice, some absent, at the newest state or a snapshot.
  void compare(Random& random, size_t count) {
    std::vector<std::string> keys(count);
    for (std::string& key : keys) key = key_of(random.below(kKeyCount + 60)) + (random.one_in(9) ? "-" : "");
    const bool is_newest = snapshots_.empty() || random.one_in(2);
    const EpochGuard guard(process_epochs());
    ReadState& state = db_->default_tree().read_state(guard);
    const Timestamp at = is_newest ? db_->visible_timestamp() : snapshots_[random.below(snapshots_.size())];
    const bool fill_cache = !random.one_in(3);
    Lookup lookups[kLookupGroupMax];
    for (size_t i = 0; i < count; ++i) lookups[i].key = keys[i];
    ASSERT_TRUE(db_->default_tree().get_group(guard, state, at, fill_cache, Deadline(), lookups, count));
    for (size_t i = 0; i < count; ++i) {
      FoundValue value;
      bool found = false;
      ASSERT_TRUE(db_->default_tree().get_at(guard, state, keys[i], at, fill_cache, &value, &found));
      ASSERT_TRUE(lookups[i].status);
      ASSERT_EQ(lookups[i].found, found) << escape_bytes(keys[i]);
      if (!found) continue;
      ++found_count_;
      ASSERT_EQ(lookups[i].value.value, value.value);
      ASSERT_EQ(lookups[i].value.frame == nullptr, value.frame == nullptr);
    }
  }

  std::string path_ = "d";
  SimFileSystem disk_;
  FaultFileSystem files_{&disk_};
  std::shared_ptr<Db> db_;
  std::vector<Timestamp> snapshots_;
  bool fixed_sizes_ = false;
  size_t found_count_ = 0;
};

TEST_F(GroupGet, FindsWhatSingleGetsFind) {
  const SeedScope seed(53);
  Random random(seed.seed());
  const char* const settings[] = {
      "",
      "cache.size=0",
      "cache.size=3KiB;filter.bits_per_key=0",
      "memtable.kind=skiplist;cache.size=8KiB",
      "memtable.size=256KiB",
  };
  for (const char* const more : settings) {
    path_ += 'b';
    fixed_sizes_ = random.one_in(2);
    open(more);
    found_count_ = 0;
    for (int step = 0; step < 1200 && !HasFatalFailure(); ++step) {
      write(random);
      if (random.one_in(60)) snapshots_.push_back(db_->take_snapshot());
      if (random.one_in(150)) {
        ASSERT_TRUE(db_->flush({}));
      }
      if (random.one_in(8)) compare(random, 1 + random.below(kLookupGroupMax));
    }
    EXPECT_GT(found_count_, 300u);
    TearDown();
    snapshots_.clear();
    db_ = nullptr;
  }
}

class GroupGetOfTables : public GroupGet {
 protected:
  /// Keys "0" to "19", each in a block of its own, none of them in memory.
  void SetUp() override {
    open("cache.size=0");
    for (int i = 0; i < 20; ++i) {
      WriteBatch batch;
      ASSERT_TRUE(batch.put(std::to_string(i), std::string(300, static_cast<char>('a' + i))));
      WriteRequest request;
      request.record = batch.record();
      ASSERT_TRUE(db_->write(request));
    }
    ASSERT_TRUE(db_->flush({}));
    ASSERT_TRUE(db_->wait_for_background({}));
    for (int i = 0; i < 20; ++i) {
      keys_[i] = std::to_string(i);
      lookups_[i].key = keys_[i];
    }
  }
  Status get(Deadline deadline = {}) {
    const EpochGuard guard(process_epochs());
    const Status status = db_->default_tree().get_group(
        guard, db_->default_tree().read_state(guard), db_->visible_timestamp(), true, deadline, lookups_, 20);
    right_count_ = failed_count_ = 0;
    for (int i = 0; i < 20; ++i) {
      right_count_ +=
          lookups_[i].found && lookups_[i].value.value.size() == 300 && lookups_[i].value.value[0] == 'a' + i;
      failed_count_ += !lookups_[i].status;
    }
    return status;
  }

  std::string keys_[20];
  Lookup lookups_[20];
  int right_count_ = 0;
  int failed_count_ = 0;
};

TEST_F(GroupGetOfTables, AFailureIsThatOfOneKey) {
  ASSERT_TRUE(get());
  EXPECT_EQ(right_count_, 20);
  files_.add_fault({files_.call_count() + 5, CallKind::kRead});
  ASSERT_TRUE(get());
  EXPECT_EQ(files_.fault_count(), 1u);
  EXPECT_EQ(right_count_, 19);
  EXPECT_EQ(failed_count_, 1);
  ASSERT_TRUE(get()) << "and is gone the next time";
  EXPECT_EQ(right_count_, 20);
}

/// Of tables, in the order in which they came.
class TableReads : public CallObserver {
 public:
  void after_call(const FileCall& call, const Status&) override {
    if (call.kind == CallKind::kRead && call.name.ends_with(".table")) reads.push_back(call);
  }
  std::vector<FileCall> reads;
};

TEST_F(GroupGetOfTables, ABadPlaceFailsTheKeysOfItsBlockAlone) {
  ASSERT_TRUE(get());
  TableReads single;
  files_.add_observer(&single);
  ASSERT_TRUE(get());
  files_.remove_observer(&single);
  ASSERT_EQ(single.reads.size(), 20u) << "files without descriptors are read block by block";
  files_.pretend_descriptors(true);
  ReadRings::refuse_for_tests(ENOSYS);  // which would fail at once, after which nothing is joined
  TableReads joined;
  files_.add_observer(&joined);
  ASSERT_TRUE(get());
  files_.remove_observer(&joined);
  EXPECT_EQ(right_count_, 20);
  EXPECT_LT(joined.reads.size(), 5u) << "blocks that lie next to each other are read at once";
  std::vector<std::string> sorted(std::begin(keys_), std::end(keys_));
  std::sort(sorted.begin(), sorted.end());
  int joined_count = 0;
  for (size_t i = 0; i < single.reads.size(); ++i) {
    const FileCall& block = single.reads[i];
    FaultPlan bad;
    bad.call_index = 1;
    bad.name_ending = block.name;
    bad.place = block.offset + block.size / 2;
    bad.sticky = true;
    const uint64_t faults = files_.fault_count();
    files_.add_fault(bad);
    ASSERT_TRUE(get());
    files_.clear_faults();
    EXPECT_GE(files_.fault_count(), faults + 1);
    EXPECT_LE(files_.fault_count(), faults + 2) << "of what was read at once, and of the block";
    joined_count += files_.fault_count() == faults + 2;
    EXPECT_EQ(right_count_, 19);
    EXPECT_EQ(failed_count_, 1);
    for (const Lookup& lookup : lookups_) {
      if (lookup.key == Bytes(sorted[i])) {
        EXPECT_EQ(lookup.status.os_error(), EIO) << lookup.status.to_string();
      }
    }
    ASSERT_TRUE(get());
    EXPECT_EQ(right_count_, 20);
  }
  EXPECT_GT(joined_count, 15);
  ReadRings::refuse_for_tests(0);
}

TEST_F(GroupGetOfTables, ATimeLimitThatHasPassedEndsTheGroup) {
  const uint64_t reads = files_.call_count();
  EXPECT_EQ(get(Deadline{1}).code(), Code::kTimedOut);
  EXPECT_EQ(files_.call_count(), reads);
  EXPECT_TRUE(get(Deadline{system_clock().now_us() + 60'000'000}));
  EXPECT_EQ(right_count_, 20);
}

}  // namespace
}  // namespace wombat
