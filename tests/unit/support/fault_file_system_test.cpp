#include "support/fault_file_system.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "support/sim_file_system.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

struct World {
  SimFileSystem sim;
  FaultFileSystem files{&sim};
  std::unique_ptr<Directory> directory =
      std::move(files.open_directory("/db", DirectoryMode::kCreateIfMissing)).value();  // call 1

  std::unique_ptr<WritableFile> create(const std::string& name) {
    return std::move(directory->create_file(name)).value();
  }
};

/// Ten calls after the one that opened the directory.
std::vector<Status> ten_calls(World* world) {
  std::vector<Status> statuses;
  auto created = world->directory->create_file("a");
  statuses.push_back(created.status());
  if (!created)
    created = world->sim.open_directory("/db", DirectoryMode::kMustExist).value()->create_file("b");
  statuses.push_back(created.value()->append("abcdefgh"));
  statuses.push_back(created.value()->write_at(0, "A"));
  statuses.push_back(created.value()->sync());
  statuses.push_back(world->directory->sync());
  statuses.push_back(created.value()->close());
  statuses.push_back(world->directory->list().status());
  statuses.push_back(world->directory->rename_file("a", "c"));
  statuses.push_back(world->directory->file_size("c").status());
  statuses.push_back(world->directory->remove_file("c"));
  return statuses;
}

TEST(FaultFileSystem, NumbersEveryCallAndKeepsATranscript) {
  World world;
  world.files.enable_transcript();
  for (const Status& status : ten_calls(&world)) EXPECT_TRUE(status) << status.to_string();
  EXPECT_EQ(world.files.call_count(), 11u);
  const std::vector<std::string> expected = {"create a", "append a 0+8", "write_at a 0+1", "sync a",
                                             "sync dir", "close a",      "list",           "rename a c",
                                             "size c",   "remove c"};
  EXPECT_EQ(world.files.transcript(), expected);
}

TEST(FaultFileSystem, FaultHitsExactlyTheKthCallAndOnlyOnce) {
  for (size_t k = 0; k < 10; ++k) {
    World world;
    world.files.add_fault({.call_index = k + 2});
    const std::vector<Status> statuses = ten_calls(&world);
    EXPECT_EQ(statuses[k].os_error(), EIO) << k;
    EXPECT_EQ(statuses[k].code(), Code::kIoError) << k;
    for (size_t i = 0; i < k; ++i) EXPECT_TRUE(statuses[i]) << i << " before " << k;
    EXPECT_EQ(world.files.fault_count(), 1u);
  }
}

TEST(FaultFileSystem, FaultPlannedForACallOfThePastNeverStrikes) {
  World world;
  ASSERT_TRUE(world.directory->sync());
  world.files.add_fault({.call_index = 1});
  EXPECT_TRUE(world.directory->sync());
  EXPECT_EQ(world.files.fault_count(), 0u);
}

TEST(FaultFileSystem, ObserversSeeTheCallsOfManyThreadsInOrderOfEffect) {
  struct Sizes : CallObserver {
    void after_call(const FileCall& call, const Status&) override {
      if (call.kind == CallKind::kCreate) ++files;
      if (call.kind == CallKind::kRemove) --files;
      in_step &= sim->list_files("/db").size() == files;
    }
    SimFileSystem* sim = nullptr;
    size_t files = 0;
    bool in_step = true;
  };
  World world;
  Sizes observer;
  observer.sim = &world.sim;
  world.files.add_observer(&observer);
  std::atomic<uint64_t> hook_calls{0};
  world.files.set_crash_hook([&](uint64_t) { ++hook_calls; });
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string name = std::to_string(t);
        world.create(name);
        EXPECT_TRUE(world.directory->remove_file(name));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(observer.in_step);
  EXPECT_EQ(hook_calls.load(), 3000u);
  EXPECT_EQ(world.files.call_count(), 3001u);
}

TEST(FaultFileSystem, StickyFaultHitsEveryCallFromTheKthOn) {
  World world;
  world.files.add_fault({.call_index = 4, .sticky = true});
  const std::vector<Status> statuses = ten_calls(&world);
  for (size_t i = 0; i < 10; ++i) EXPECT_EQ(statuses[i].is_ok(), i < 2) << i;
  world.files.clear_faults();
  EXPECT_TRUE(world.directory->sync());
}

TEST(FaultFileSystem, StickyFullDiskDoesNotFailCallsThatNeedNoSpace) {
  World world;
  world.files.add_fault({.call_index = 3, .fault = FaultKind::kNoSpace, .sticky = true});
  const std::vector<Status> statuses = ten_calls(&world);
  EXPECT_EQ(statuses[1].code(), Code::kNoSpace);
  EXPECT_EQ(statuses[1].os_error(), ENOSPC);
  EXPECT_TRUE(statuses[6]);  // list
}

TEST(FaultFileSystem, FaultThatCannotHappenToACallBecomesAnIoError) {
  World world;
  world.files.add_fault({.call_index = 8, .fault = FaultKind::kNoSpace});
  EXPECT_EQ(ten_calls(&world)[6].os_error(), EIO);
}

TEST(FaultFileSystem, FiltersChooseCallsByKindAndName) {
  World world;
  world.files.add_fault({.only = CallKind::kSync, .name_ending = ".log"});
  auto table = world.create("1.table");
  auto log = world.create("1.log");
  EXPECT_TRUE(table->sync());
  EXPECT_FALSE(log->sync());
  EXPECT_TRUE(log->sync());
}

TEST(FaultFileSystem, FailedAppendLeavesAPrefixThatDependsOnTheCallNumber) {
  const char* const expected[] = {"", "abcd", "abcdefg"};
  for (uint64_t extra = 0; extra < 3; ++extra) {
    World world;
    for (uint64_t i = 0; i < extra; ++i) ASSERT_TRUE(world.directory->list());
    auto file = world.create("a");
    world.files.add_fault({.call_index = 3 + extra});
    EXPECT_FALSE(file->append("abcdefgh"));
    EXPECT_EQ(file->size(), 0u);
    EXPECT_EQ(world.sim.read_file("/db", "a"), expected[extra]);
    EXPECT_TRUE(file->append("x"));
    EXPECT_EQ(file->size(), 1u);
  }
}

TEST(FaultFileSystem, ShortWriteAndShortReadTransferHalf) {
  World world;
  world.sim.write_file("/db", "r", "abcdefgh");
  auto file = world.create("a");
  auto reader = std::move(world.directory->open_file("r")).value();
  world.files.add_fault({.only = CallKind::kAppend, .fault = FaultKind::kShortWrite});
  EXPECT_EQ(file->append("abcdefgh").os_error(), EIO);
  EXPECT_EQ(world.sim.read_file("/db", "a"), "abcd");
  world.files.add_fault({.only = CallKind::kRead, .fault = FaultKind::kShortRead});
  char buffer[8];
  EXPECT_EQ(reader->read_at(0, 8, buffer).value(), 4u);
  EXPECT_EQ(reader->read_at(0, 8, buffer).value(), 8u);
}

TEST(FaultFileSystem, FailedButTookEffectHappensAllTheSame) {
  for (size_t k = 0; k < 10; ++k) {
    World faulty, sound;
    faulty.files.add_fault({.call_index = k + 2, .fault = FaultKind::kFailedButTookEffect});
    if (k == 0) {
      EXPECT_FALSE(faulty.directory->create_file("a"));
      EXPECT_EQ(faulty.sim.list_files("/db"), std::vector<std::string>{"a"});
      continue;
    }
    const auto statuses = ten_calls(&faulty);
    ten_calls(&sound);
    for (size_t i = 0; i < 10; ++i) EXPECT_EQ(statuses[i].is_ok(), i != k) << i;
    for (const CrashPolicy policy : {CrashPolicy::kDropAll, CrashPolicy::kKeepAll}) {
      EXPECT_EQ(faulty.sim.crash_clone(0, policy)->list_files("/db"),
                sound.sim.crash_clone(0, policy)->list_files("/db"));
      EXPECT_EQ(faulty.sim.crash_clone(0, policy)->read_file("/db", "a"),
                sound.sim.crash_clone(0, policy)->read_file("/db", "a"));
    }
  }
}

TEST(FaultFileSystem, PlainFailedSyncLeavesTheBytesUnsyncedAndALaterOneWorks) {
  World world;
  auto file = world.create("a");
  ASSERT_TRUE(world.directory->sync());
  ASSERT_TRUE(file->append("abc"));
  world.files.add_fault({.only = CallKind::kSync});
  EXPECT_FALSE(file->sync());
  EXPECT_EQ(world.sim.crash_clone(0, CrashPolicy::kDropAll)->read_file("/db", "a"), "");
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(world.sim.crash_clone(0, CrashPolicy::kDropAll)->read_file("/db", "a"), "abc");
}

TEST(FaultFileSystem, SyncThatLosesPagesMakesALaterSyncLie) {
  World world;
  auto file = world.create("a");
  ASSERT_TRUE(world.directory->sync());
  ASSERT_TRUE(file->append("abc"));
  world.files.add_fault({.only = CallKind::kSync, .fault = FaultKind::kSyncLosesPages});
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(world.sim.read_file("/db", "a"), "abc");
  EXPECT_EQ(world.sim.crash_clone(0, CrashPolicy::kKeepAll)->read_file("/db", "a"), std::string(3, '\0'));
}

TEST(FaultFileSystem, DirectorySyncThatLosesPagesForgetsNames) {
  World world;
  world.create("a");
  world.files.add_fault({.only = CallKind::kDirectorySync, .fault = FaultKind::kSyncLosesPages});
  EXPECT_FALSE(world.directory->sync());
  EXPECT_TRUE(world.directory->sync());
  EXPECT_TRUE(world.sim.crash_clone(0, CrashPolicy::kKeepAll)->list_files("/db").empty());
}

TEST(FaultFileSystem, CrashHookRunsBeforeEveryChangeWithItsNumber) {
  World world;
  std::vector<uint64_t> indexes;
  std::vector<size_t> sizes;
  world.files.set_crash_hook([&](uint64_t index) {
    indexes.push_back(index);
    const auto content = world.sim.crash_clone(0, CrashPolicy::kKeepAll)->read_file("/db", "a");
    sizes.push_back(content ? content->size() : 99);
  });
  ten_calls(&world);
  EXPECT_EQ(indexes, (std::vector<uint64_t>{2, 3, 4, 5, 6, 9, 11}));  // not close, list, size
  EXPECT_EQ(sizes, (std::vector<size_t>{99, 0, 8, 8, 8, 8, 99}));
}

TEST(FaultFileSystem, WrapsTheRealFileSystemToo) {
  const TempDirectory temp;
  FaultFileSystem files(&posix_file_system());
  auto directory = std::move(files.open_directory(temp.path(), DirectoryMode::kMustExist)).value();
  auto file = std::move(directory->create_file("a")).value();
  files.add_fault({.only = CallKind::kAppend, .fault = FaultKind::kShortWrite});
  EXPECT_FALSE(file->append("abcdef"));
  EXPECT_EQ(directory->file_size("a").value(), 3u);
  EXPECT_TRUE(file->append("XY"));
  files.add_fault({.only = CallKind::kSync, .fault = FaultKind::kSyncLosesPages});
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(file->sync());
  EXPECT_EQ(directory->file_size("a").value(), 3u);
}

}  // namespace
}  // namespace wombat
