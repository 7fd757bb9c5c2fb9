/// Writing value files: where values come to lie, when a file ends, and what a disk that fails leaves behind.
#include "vlog/value_appender.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "support/ordering_checker.h"
#include "support/seed.h"
#include "value_world.h"

namespace wombat {
namespace {

constexpr uint64_t kNoLimit = UINT64_MAX;

std::string key_of(size_t i) { return "key " + std::to_string(i); }

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

/// An appender of which the tests know what it wrote and synced.
struct RestWorld : ValueWorld {
  explicit RestWorld(SyncFailure failure) : appender(new_appender(failure)) {
    on_sync = [this](const std::string& name) {
      synced.push_back(name);
      if (during_sync) std::exchange(during_sync, nullptr)();
    };
  }

  /// The number of the file to which a value went.
  uint64_t append(uint64_t file_size_max = kNoLimit) {
    ValueFilePtr file;
    std::vector<ValuePointer> pointers;
    const size_t i = stored.size();
    const Status appended =
        append_all(*appender, {{key_of(i), value_of(i, 400)}}, file_size_max, &pointers, &file);
    EXPECT_TRUE(appended) << appended.to_string();
    if (!appended) return 0;
    stored.push_back(pointers[0]);
    files[file->number()] = file;
    return file->number();
  }
  void expect_all() {
    for (size_t i = 0; i < stored.size(); ++i) expect_value(*this, key_of(i), stored[i], value_of(i, 400));
  }
  std::vector<std::string> names(const std::vector<uint64_t>& numbers) const {
    std::vector<std::string> result;
    for (const uint64_t number : numbers) result.push_back(file_name(FileKind::kValueLog, number));
    return result;
  }
  /// One sync, and what is done while the first file is synced.
  Status sync(std::function<void()> meanwhile = nullptr) {
    synced.clear();
    during_sync = std::move(meanwhile);
    return appender->sync();
  }

  std::unique_ptr<ValueAppender> appender;
  std::function<void()> during_sync;
  std::vector<std::string> synced;
  std::vector<ValuePointer> stored;
  std::map<uint64_t, ValueFilePtr> files;
};

constexpr SyncFailure kSyncFailures[] = {SyncFailure::kIsFinal, SyncFailure::kLosesFiles};

TEST(ValueAppenderRest, WithoutAppendsDuringSyncsOneFileGrows) {
  RestWorld world(SyncFailure::kIsFinal);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(world.append(), 10u);
    ASSERT_TRUE(world.sync());
    EXPECT_EQ(world.synced, world.names({10}));
    ASSERT_TRUE(world.sync());
    EXPECT_TRUE(world.synced.empty()) << "there is nothing to sync";
  }
  world.expect_all();
  EXPECT_TRUE(world.appender->close());
}

TEST(ValueAppenderRest, WhatIsAppendedDuringASyncGoesToAnotherFile) {
  for (const SyncFailure failure : kSyncFailures) {
    RestWorld world(failure);
    EXPECT_EQ(world.append(), 10u);
    const uint64_t record_bytes = world.appender->unsynced_bytes();
    ASSERT_TRUE(world.sync([&] {
      EXPECT_EQ(world.append(), 11u);
      EXPECT_EQ(world.append(), 11u);
      EXPECT_FALSE(world.files[10]->is_full()) << "it only rests";
    }));
    EXPECT_EQ(world.synced, world.names({10})) << "the other file is for the next sync";
    EXPECT_EQ(world.appender->unsynced_bytes(), 2 * record_bytes);
    EXPECT_EQ(world.append(), 11u) << "what is to be synced stays in one file";
    // From here on the two take turns: the one that was synced is appended to again.
    ASSERT_TRUE(world.sync([&] { EXPECT_EQ(world.append(), 10u); }));
    EXPECT_EQ(world.synced, world.names({11}));
    EXPECT_EQ(world.append(), 10u);
    ASSERT_TRUE(world.sync([&] { EXPECT_EQ(world.append(), 11u); }));
    EXPECT_EQ(world.synced, world.names({10}));
    ASSERT_TRUE(world.sync());
    EXPECT_EQ(world.synced, world.names({11}));
    EXPECT_EQ(world.appender->unsynced_bytes(), 0u);
    for (int i = 0; i < 20; ++i) {
      world.append();
      ASSERT_TRUE(world.sync([&] { world.append(); }));
    }
    EXPECT_EQ(world.next_number, 12u) << "two are enough";
    for (const auto& [number, file] : world.files) EXPECT_FALSE(file->is_full() || file->is_lost());
    world.expect_all();
    ASSERT_TRUE(world.appender->close());
    for (const auto& [number, file] : world.files) EXPECT_TRUE(file->is_full());
    EXPECT_EQ(world.appender->unsynced_bytes(), 0u);
  }
}

TEST(ValueAppenderRest, NothingIsEverAppendedAfterAFailedSync) {
  for (const SyncFailure failure : kSyncFailures) {
    RestWorld world(failure);
    EXPECT_EQ(world.append(), 10u);
    ASSERT_TRUE(world.sync([&] { EXPECT_EQ(world.append(), 11u); }));
    FaultPlan plan;
    plan.only = CallKind::kSync;
    plan.fault = FaultKind::kFailedButTookEffect;  // so that there is a sync to append during
    plan.call_index = world.faults.call_count();
    world.faults.add_fault(plan);
    EXPECT_EQ(world.append(), 11u);
    const uint64_t size = world.content(11).size();
    EXPECT_FALSE(world.sync([&] { EXPECT_EQ(world.append(), 10u); }));
    world.faults.clear_faults();
    EXPECT_TRUE(world.files[11]->is_lost());
    EXPECT_TRUE(world.files[11]->is_full());
    EXPECT_FALSE(world.files[10]->is_lost()) << "it was not synced";
    if (failure == SyncFailure::kIsFinal) {
      ValueFilePtr file;
      std::vector<ValuePointer> pointers;
      EXPECT_EQ(append_all(*world.appender, {{"key", "value"}}, kNoLimit, &pointers, &file).code(),
                Code::kIoError);
      EXPECT_EQ(world.sync().code(), Code::kIoError);
      EXPECT_TRUE(world.synced.empty());
    } else {
      std::vector<uint64_t> numbers;
      for (int i = 0; i < 4; ++i) {
        numbers.push_back(world.append());
        ASSERT_TRUE(world.sync([&] { numbers.push_back(world.append()); }));
        EXPECT_EQ(std::count(world.synced.begin(), world.synced.end(), world.names({11})[0]), 0);
      }
      EXPECT_EQ(numbers, std::vector<uint64_t>({10, 12, 12, 10, 10, 12, 12, 10}));
      EXPECT_FALSE(world.files[10]->is_lost() || world.files[12]->is_lost());
    }
    EXPECT_EQ(world.content(11).size(), size);
    world.expect_all();
    static_cast<void>(world.appender->close());
    EXPECT_EQ(world.content(11).size(), size);
  }
}

/// What rests or has rested ends as well.
TEST(ValueAppenderRest, FilesEndDuringASync) {
  RestWorld world(SyncFailure::kIsFinal);
  EXPECT_EQ(world.append(), 10u);
  ASSERT_TRUE(world.sync([&] {
    EXPECT_EQ(world.append(), 11u);
    world.appender->end_file();
    EXPECT_TRUE(world.files[10]->is_full());
    EXPECT_TRUE(world.files[11]->is_full());
    EXPECT_EQ(world.append(), 12u);
  }));
  EXPECT_EQ(world.append(), 12u);
  ASSERT_TRUE(world.sync([&] { EXPECT_EQ(world.append(), 13u); }));
  EXPECT_EQ(world.synced, world.names({11, 12})) << "10 was durable, and only closed";
  world.appender->end_file();
  EXPECT_TRUE(world.files[12]->is_full()) << "it had rested";
  EXPECT_TRUE(world.files[13]->is_full());
  EXPECT_EQ(world.append(), 14u);
  ASSERT_TRUE(world.sync());
  EXPECT_EQ(world.synced, world.names({13, 14}));
  EXPECT_EQ(world.appender->unsynced_bytes(), 0u);
  // Nothing holds what has ended any more: files that nobody points to are gone.
  for (const uint64_t number : {10, 11, 12, 13}) {
    const std::weak_ptr<ValueFile> file = world.files[number];
    world.files.erase(number);
    EXPECT_TRUE(file.expired()) << number;
  }
  EXPECT_TRUE(world.appender->close());
}

TEST(ValueAppenderRest, FilesThatHaveGrownDuringASync) {
  RestWorld world(SyncFailure::kIsFinal);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(world.append(1000), 10u);
  ASSERT_TRUE(world.sync([&] {
    // The file that rests is at its end, and so are others before the sync is over.
    for (uint64_t i = 0; i < 7; ++i) EXPECT_EQ(world.append(1000), 11 + i / 3);
  }));
  EXPECT_EQ(world.synced, world.names({10}));
  EXPECT_EQ(world.append(1000), 13u);
  EXPECT_EQ(world.append(1000), 13u);
  EXPECT_EQ(world.append(1000), 14u) << "10 has rested, but is full";
  EXPECT_TRUE(world.files[10]->is_full());
  ASSERT_TRUE(world.sync());
  EXPECT_EQ(world.synced, world.names({11, 12, 13, 14}));
  EXPECT_EQ(world.appender->unsynced_bytes(), 0u);
  world.expect_all();
  EXPECT_TRUE(world.appender->close());
}

/// Whatever fails when: no file is written to or synced after a sync of it has failed.
TEST(ValueAppenderRest, ThreadsAppendWhileSyncsFail) {
  const SeedScope seed(1);
  Random random(seed.seed());
  for (int round = 0; round < 30; ++round) {
    ValueWorld world;
    OrderingChecker checker({.has_concurrent_jobs = true});
    world.faults.add_observer(&checker);
    for (uint64_t at = 1; at < 4000; at += 20 + random.below(200)) {
      FaultPlan plan;
      plan.only = CallKind::kSync;
      plan.call_index = at;
      world.faults.add_fault(plan);
    }
    const auto appender = world.new_appender(SyncFailure::kLosesFiles);
    std::vector<std::thread> threads;
    for (size_t thread = 0; thread < 3; ++thread) {
      threads.emplace_back([&, thread] {
        for (size_t i = 0; i < 200; ++i) {
          ValueFilePtr file;
          std::vector<ValuePointer> pointers;
          EXPECT_TRUE(append_all(*appender, {{key_of(thread), value_of(i, 90)}}, 9000, &pointers, &file));
          if (i % 4 == thread) static_cast<void>(appender->sync());
          if (i % 50 == 49) appender->end_file();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    world.faults.clear_faults();
    EXPECT_NE(world.faults.fault_count(), 0u);
    EXPECT_TRUE(appender->close());
    EXPECT_EQ(checker.violations(), std::vector<std::string>());
    world.faults.remove_observer(&checker);
  }
}

/// Stops who closes a file for writing.
struct SlowClose : CallObserver {
  void after_call(const FileCall& call, const Status&) override {
    if (call.kind != CallKind::kClose || has_begun.exchange(true)) return;
    while (!may_end) std::this_thread::yield();
  }
  std::atomic<bool> has_begun{false};
  std::atomic<bool> may_end{false};
};

TEST(ValueAppender, WhenASyncReturnsNobodyHoldsWhatHadEnded) {
  SlowClose closing;
  ValueWorld world;
  world.faults.add_observer(&closing);
  const auto appender = world.new_appender();
  ValueFilePtr file;
  std::vector<ValuePointer> pointers;
  ASSERT_TRUE(append_all(*appender, {{"key", value_of(1, 100)}}, kNoLimit, &pointers, &file));
  ASSERT_TRUE(appender->sync());  // there is nothing to make durable any more
  file.reset();
  appender->end_file();
  std::thread first([&] { EXPECT_TRUE(appender->sync()); });
  while (!closing.has_begun) std::this_thread::yield();
  std::thread second([&] {
    EXPECT_TRUE(appender->sync());
    EXPECT_TRUE(world.store.numbers().empty());
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  closing.may_end = true;
  second.join();
  first.join();
  ASSERT_TRUE(appender->close());
  world.faults.remove_observer(&closing);
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
  EXPECT_LE(world.next_number, 10u + 4 * 300 * 1200 / 20'000 + 2);
}

}  // namespace
}  // namespace wombat
