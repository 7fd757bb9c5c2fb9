/// Writing value files: where values come to lie, when a file ends, and what a disk that fails leaves behind.
#include "vlog/value_appender.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "value_world.h"

namespace wombat {
namespace {

constexpr uint64_t kNoLimit = UINT64_MAX;

std::string key_of(size_t i) { return "key " + std::to_string(i); }

void expect_value(ValueWorld& world, const std::string& key, const ValuePointer& pointer,
                  const std::string& expected) {
  std::string memory;
  Bytes value;
  const Status read = world.store.read(key, pointer, &memory, &value);
  ASSERT_TRUE(read) << read.to_string();
  EXPECT_TRUE(value == expected) << key;
}

TEST(ValueAppender, ValuesCanBeReadAtOnce) {
  ValueWorld world;
  const auto appender = world.new_appender();
  ValueFilePtr file;
  std::vector<ValuePointer> pointers;
  uint64_t offset = kFileHeaderSize;
  // Short ones are written as one piece, long ones each by itself.
  for (const size_t size : {size_t{0}, size_t{1}, size_t{20'000}, size_t{100'000}}) {
    std::vector<TestValue> values;
    for (size_t i = 0; i < 4; ++i) values.push_back({key_of(i), value_of(size + i, size + i)});
    ASSERT_TRUE(append_all(*appender, values, kNoLimit, &pointers, &file));
    EXPECT_EQ(file->number(), 10u);
    EXPECT_FALSE(file->is_full());
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(pointers[i].file, 10u);
      EXPECT_EQ(pointers[i].offset, offset);
      offset += value_record_size(values[i].key.size(), pointers[i]);
      expect_value(world, values[i].key, pointers[i], values[i].value);
    }
    EXPECT_EQ(file->size(), offset);
  }
  EXPECT_EQ(world.content(10).size(), offset);
  EXPECT_EQ(appender->unsynced_bytes(), offset - kFileHeaderSize);
  ASSERT_TRUE(appender->sync());
  EXPECT_EQ(appender->unsynced_bytes(), 0u);
  ASSERT_TRUE(appender->close());
  EXPECT_TRUE(file->is_full());
}

TEST(ValueAppender, AFileThatHasGrownIsFollowedByAnother) {
  ValueWorld world;
  const auto appender = world.new_appender();
  std::vector<ValueFilePtr> held;
  std::vector<ValuePointer> all;
  for (size_t i = 0; i < 10; ++i) {
    ValueFilePtr file;
    std::vector<ValuePointer> pointers;
    ASSERT_TRUE(append_all(*appender, {{key_of(i), value_of(i, 400)}}, 1000, &pointers, &file));
    held.push_back(file);
    all.push_back(pointers[0]);
  }
  // The limit is where a file ends, not what it may have: three records of 437 bytes.
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].file, 10 + i / 3);
    EXPECT_EQ(held[i]->is_full(), i < 9);
    expect_value(world, key_of(i), all[i], value_of(i, 400));
  }
  // All values of one call go to one file, however many they are.
  ValueFilePtr file;
  std::vector<ValuePointer> pointers;
  std::vector<TestValue> many(50, TestValue{"key", value_of(1, 400)});
  ASSERT_TRUE(append_all(*appender, many, 1000, &pointers, &file));
  for (const ValuePointer& pointer : pointers) EXPECT_EQ(pointer.file, 13u);
  ASSERT_TRUE(append_all(*appender, {{"key", "v"}}, 1000, &pointers, &file));
  EXPECT_EQ(pointers[0].file, 14u);
  // A value that is larger than the limit has its file, too.
  ASSERT_TRUE(append_all(*appender, {{"key", value_of(2, 5000)}}, 1, &pointers, &file));
  EXPECT_EQ(pointers[0].file, 15u);
  expect_value(world, "key", pointers[0], value_of(2, 5000));
  appender->end_file();
  EXPECT_TRUE(file->is_full());
  ASSERT_TRUE(append_all(*appender, {{"key", "v"}}, kNoLimit, &pointers, &file));
  EXPECT_EQ(pointers[0].file, 16u);
  appender->end_file();
  appender->end_file();
  ASSERT_TRUE(appender->close());
}

TEST(ValueAppender, NothingIsMadeForNothing) {
  ValueWorld world;
  const auto appender = world.new_appender();
  appender->end_file();
  EXPECT_TRUE(appender->sync());
  EXPECT_TRUE(appender->close());
  EXPECT_TRUE(appender->close());
  EXPECT_EQ(world.next_number, 10u);
  EXPECT_TRUE(world.store.empty());
}

/// Every call of the file system fails once, in every way: values that were acknowledged are there, others are told of.
TEST(ValueAppender, FailingWrites) {
  for (const CallKind call : {CallKind::kCreate, CallKind::kAppend}) {
    for (const FaultKind kind : kFaultKinds) {
      if (!fault_applies(kind, call)) continue;
      for (const size_t size : {size_t{300}, size_t{80'000}}) {
        for (uint64_t at = 0; at < 12; ++at) {
          SCOPED_TRACE(std::string(fault_kind_name(kind)) + " of call " + std::to_string(at));
          ValueWorld world;
          FaultPlan plan;
          plan.only = call;
          plan.fault = kind;
          plan.call_index = world.faults.call_count() + 1 + at;
          world.faults.add_fault(plan);
          const auto appender = world.new_appender();
          std::vector<ValueFilePtr> held;
          std::vector<std::pair<size_t, ValuePointer>> stored;
          size_t failures = 0;
          for (size_t i = 0; i < 6; ++i) {
            ValueFilePtr file;
            std::vector<ValuePointer> pointers;
            const Status appended =
                append_all(*appender, {{key_of(i), value_of(i, size)}}, 2 * size, &pointers, &file);
            if (!appended) {
              ++failures;
              EXPECT_TRUE(appended.code() == Code::kIoError || appended.code() == Code::kNoSpace)
                  << appended.to_string();
              continue;
            }
            held.push_back(file);
            stored.emplace_back(i, pointers[0]);
          }
          EXPECT_EQ(failures, world.faults.fault_count());
          EXPECT_TRUE(appender->sync());
          for (const auto& [i, pointer] : stored) expect_value(world, key_of(i), pointer, value_of(i, size));
          for (const ValueFilePtr& file : held) EXPECT_FALSE(file->is_lost());
          EXPECT_TRUE(appender->close());
        }
      }
    }
  }
}

TEST(ValueAppender, AFailedSyncOfCommitsIsFinal) {
  for (const CallKind call : {CallKind::kSync, CallKind::kDirectorySync}) {
    for (const FaultKind kind : {FaultKind::kIoError, FaultKind::kNoSpace, FaultKind::kSyncLosesPages}) {
      if (!fault_applies(kind, call)) continue;
      ValueWorld world;
      const auto appender = world.new_appender();
      ValueFilePtr file;
      std::vector<ValuePointer> pointers;
      ASSERT_TRUE(append_all(*appender, {{"key", "value"}}, kNoLimit, &pointers, &file));
      FaultPlan plan;
      plan.only = call;
      plan.fault = kind;
      plan.call_index = world.faults.call_count();
      world.faults.add_fault(plan);
      const Status synced = appender->sync();
      EXPECT_FALSE(synced) << fault_kind_name(kind);
      world.faults.clear_faults();
      EXPECT_TRUE(file->is_lost());
      EXPECT_TRUE(file->is_full());
      EXPECT_NE(appender->unsynced_bytes(), 0u) << "what is not durable is not counted as that";
      EXPECT_EQ(appender->sync().code(), synced.code()) << "the disk is well again, but what it lost is lost";
      ValueFilePtr other;
      EXPECT_EQ(append_all(*appender, {{"key", "value"}}, kNoLimit, &pointers, &other).code(), synced.code());
      EXPECT_FALSE(appender->close());
    }
  }
}

TEST(ValueAppender, AFailedSyncOfMovedValuesGivesFilesUp) {
  ValueWorld world;
  const auto appender = world.new_appender(SyncFailure::kLosesFiles);
  std::vector<ValueFilePtr> files(4);
  std::vector<ValuePointer> pointers;
  for (size_t i = 0; i < 3; ++i)
    ASSERT_TRUE(append_all(*appender, {{"key", value_of(i, 100)}}, 100, &pointers, &files[i]));
  FaultPlan plan;
  plan.only = CallKind::kSync;
  plan.call_index = world.faults.call_count();
  world.faults.add_fault(plan);
  EXPECT_FALSE(appender->sync());
  for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(files[i]->is_lost());
  ASSERT_TRUE(append_all(*appender, {{"key", "new"}}, kNoLimit, &pointers, &files[3]));
  EXPECT_EQ(pointers[0].file, 13u) << "another file";
  EXPECT_FALSE(files[3]->is_lost());
  EXPECT_TRUE(appender->sync());
  EXPECT_FALSE(files[3]->is_lost());
  expect_value(world, "key", pointers[0], "new");
  EXPECT_TRUE(appender->close());
}

/// What was synced needs nothing more: a close that fails behind it is no loss.
TEST(ValueAppender, AFailedCloseOfWhatIsDurable) {
  ValueWorld world;
  const auto appender = world.new_appender();
  ValueFilePtr file;
  std::vector<ValuePointer> pointers;
  ASSERT_TRUE(append_all(*appender, {{"key", "value"}}, kNoLimit, &pointers, &file));
  appender->end_file();
  FaultPlan plan;
  plan.only = CallKind::kClose;
  plan.call_index = world.faults.call_count();
  world.faults.add_fault(plan);
  EXPECT_TRUE(appender->sync());
  EXPECT_EQ(world.faults.fault_count(), 1u);
  EXPECT_FALSE(file->is_lost());
  expect_value(world, "key", pointers[0], "value");
  EXPECT_TRUE(appender->close());
}

TEST(ValueAppender, WhenASyncReturnsNobodyHoldsWhatHadEnded) {
  ValueWorld world;
  const auto appender = world.new_appender();
  ValueFilePtr file;
  std::vector<ValuePointer> pointers;
  ASSERT_TRUE(append_all(*appender, {{"key", value_of(1, 100)}}, kNoLimit, &pointers, &file));
  ASSERT_TRUE(appender->sync());  // there is nothing to make durable any more
  file.reset();
  appender->end_file();
  std::atomic<bool> is_inside{false};
  std::atomic<bool> may_go_on{false};
  world.faults.set_crash_hook([&](uint64_t) {
    is_inside = true;
    while (!may_go_on) std::this_thread::yield();
  });
  std::thread first([&] { EXPECT_TRUE(appender->sync()); });
  while (!is_inside) std::this_thread::yield();
  std::thread second([&] {
    EXPECT_TRUE(appender->sync());
    EXPECT_TRUE(world.store.numbers().empty());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  may_go_on = true;
  second.join();
  first.join();
  world.faults.set_crash_hook(nullptr);
  ASSERT_TRUE(appender->close());
}

TEST(ValueAppender, ManyThreadsAppendAndSync) {
  ValueWorld world;
  const auto appender = world.new_appender();
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (size_t i = 0; i < 300; ++i) {
        const std::string value = value_of(thread * 1000 + i, 50 + 7 * i);
        ValueFilePtr file;
        std::vector<ValuePointer> pointers;
        std::string memory;
        Bytes found;
        if (!append_all(*appender, {{key_of(thread), value}}, 20'000, &pointers, &file) ||
            !world.store.read(key_of(thread), pointers[0], &memory, &found) || found != value)
          failures.fetch_add(1);
        if (i % 10 == 0 && !appender->sync()) failures.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures.load(), 0);
  EXPECT_TRUE(appender->close());
  EXPECT_EQ(appender->unsynced_bytes(), 0u);
}

}  // namespace
}  // namespace wombat
