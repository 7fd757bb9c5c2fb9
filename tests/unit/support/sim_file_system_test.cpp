#include "support/sim_file_system.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <thread>

#include "support/seed.h"
#include "support/unsynced_loss.h"

namespace wombat {
namespace {

std::unique_ptr<Directory> open(SimFileSystem* files) {
  return std::move(files->open_directory("/db", DirectoryMode::kCreateIfMissing)).value();
}

std::unique_ptr<WritableFile> create(Directory* directory, const std::string& name) {
  return std::move(directory->create_file(name)).value();
}

/// Contents of `name` in the directory after a crash; nothing when the name is gone.
std::optional<std::string> crashed(const SimFileSystem& files, CrashPolicy policy, const std::string& name,
                                   uint64_t seed = 1) {
  return files.crash_clone(seed, policy)->read_file("/db", name);
}

TEST(SimFileSystem, UnsyncedAppendIsLostUnderDropAllAndKeptUnderKeepAll) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(file->append("durable"));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(directory->sync());
  ASSERT_TRUE(file->append(" and not"));
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), "durable");
  EXPECT_EQ(crashed(files, CrashPolicy::kKeepAll, "a"), "durable and not");
  EXPECT_EQ(files.read_file("/db", "a"), "durable and not");
}

TEST(SimFileSystem, WorstCaseKeepsSizesAndNamesAndReadsZeros) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(file->append("abc"));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(file->append("de"));
  ASSERT_TRUE(file->write_at(1, "X"));
  EXPECT_EQ(crashed(files, CrashPolicy::kWorstCase, "a"), std::string("abc\0\0", 5));
}

TEST(SimFileSystem, NameOfASyncedFileIsLostWithoutDirectorySync) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(file->append("abc"));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(file->close());
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), std::nullopt);
  ASSERT_TRUE(directory->sync());
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), "abc");
}

TEST(SimFileSystem, DirectorySyncDoesNotMakeBytesDurable) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(file->append("abc"));
  ASSERT_TRUE(file->close());
  ASSERT_TRUE(directory->sync());
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), "");
}

TEST(SimFileSystem, RemovalIsUndoneUntilDirectorySync) {
  SimFileSystem files;
  files.write_file("/db", "a", "abc");
  auto directory = open(&files);
  ASSERT_TRUE(directory->remove_file("a"));
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), "abc");
  EXPECT_EQ(crashed(files, CrashPolicy::kKeepAll, "a"), std::nullopt);
  ASSERT_TRUE(directory->sync());
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), std::nullopt);
}

TEST(SimFileSystem, RenameIsAtomicUnderEverySeed) {
  SimFileSystem files;
  files.write_file("/db", "CURRENT", "old");
  auto directory = open(&files);
  auto file = create(directory.get(), "CURRENT.tmp");
  ASSERT_TRUE(file->append("new"));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(directory->rename_file("CURRENT.tmp", "CURRENT"));
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const auto clone = files.crash_clone(seed, CrashPolicy::kRandom);
    const auto current = clone->read_file("/db", "CURRENT");
    ASSERT_TRUE(current.has_value());
    ASSERT_TRUE(*current == "old" || *current == "new") << *current;
    ASSERT_TRUE(*current == "old" || clone->list_files("/db").size() == 1u);
    seen.insert(*current);
  }
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "CURRENT"), "old");
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "CURRENT.tmp"), std::nullopt);
}

TEST(SimFileSystem, RandomReordersEntryOperations) {
  SimFileSystem files;
  auto directory = open(&files);
  create(directory.get(), "a");
  create(directory.get(), "b");
  std::set<std::vector<std::string>> seen;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    seen.insert(files.crash_clone(seed, CrashPolicy::kRandom)->list_files("/db"));
  }
  EXPECT_EQ(seen.size(), 4u);
}

TEST(SimFileSystem, RandomNeverTouchesSyncedBytes) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  const std::string durable(700, 'd');
  ASSERT_TRUE(file->append(durable));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(directory->sync());
  ASSERT_TRUE(file->append(std::string(3000, 'n')));
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const auto content = crashed(files, CrashPolicy::kRandom, "a", seed);
    ASSERT_TRUE(content.has_value());
    ASSERT_EQ(content->substr(0, 700), durable) << seed;
    ASSERT_LE(content->size(), 3700u);
  }
}

TEST(SimFileSystem, RandomTearsDropsAndZeroesSectorsAndCutsSizes) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(file->append(std::string(4 * kSectorSize, 'o')));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(directory->sync());
  ASSERT_TRUE(file->write_at(0, std::string(8 * kSectorSize, 'n')));
  bool torn_old = false, torn_zero = false, torn_stale = false, hole = false, cut = false, all = false;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    const std::string content = *crashed(files, CrashPolicy::kRandom, "a", seed);
    cut |= content.size() < 8 * kSectorSize;
    all |= content == std::string(8 * kSectorSize, 'n');
    const std::string first = content.substr(0, kSectorSize);
    const size_t prefix = std::min(first.find_first_not_of('n'), first.size());
    const std::string rest = first.substr(prefix);
    if (prefix > 0 && !rest.empty()) {
      torn_old |= rest == std::string(rest.size(), 'o');
      torn_zero |= rest == std::string(rest.size(), '\0');
      torn_stale |= rest.find_first_not_of(std::string("on\0", 3)) != rest.npos;
    }
    hole |= prefix < first.size() && content.find(std::string(kSectorSize, 'n')) != content.npos;
  }
  EXPECT_TRUE(torn_old && torn_zero && torn_stale && hole && cut && all);
}

TEST(SimFileSystem, SectorRewrittenSeveralTimesMayHoldAnyOfItsVersions) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(file->append("0"));
  ASSERT_TRUE(file->sync());
  ASSERT_TRUE(directory->sync());
  ASSERT_TRUE(file->write_at(0, "1"));
  ASSERT_TRUE(file->write_at(0, "2"));
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 200; ++seed) seen.insert(*crashed(files, CrashPolicy::kRandom, "a", seed));
  EXPECT_TRUE(seen.count("0") && seen.count("1") && seen.count("2"));
}

TEST(SimFileSystem, WhatACloseCutsOffMayComeBackAfterACrash) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  file->expect_small_appends();
  ASSERT_TRUE(directory->sync());
  ASSERT_TRUE(file->append(std::string(1000, 'a')));
  ASSERT_TRUE(file->write_at(1000, std::string(5000, 'b')));  // as an append that fails halfway leaves it
  ASSERT_TRUE(file->close());
  EXPECT_EQ(files.read_file("/db", "a"), std::string(1000, 'a'));
  EXPECT_EQ(crashed(files, CrashPolicy::kKeepAll, "a"), std::string(1000, 'a'));
  EXPECT_EQ(crashed(files, CrashPolicy::kWorstCase, "a"), std::string(1000, '\0'));
  std::set<size_t> sizes;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const size_t size = crashed(files, CrashPolicy::kRandom, "a", seed)->size();
    EXPECT_LE(size, 6000u);
    sizes.insert(size);
  }
  EXPECT_TRUE(sizes.contains(0) && sizes.contains(1000) && sizes.contains(6000));
}

TEST(SimFileSystem, CrashCloneIsDeterministicIndependentAndDurable) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(file->append(std::string(5000, 'x')));
  const SeedScope scope(7);
  const uint64_t seed = scope.seed();
  const auto one = files.crash_clone(seed, CrashPolicy::kRandom);
  const auto two = files.crash_clone(seed, CrashPolicy::kRandom);
  EXPECT_EQ(one->read_file("/db", "a"), two->read_file("/db", "a"));
  const auto kept = files.crash_clone(0, CrashPolicy::kKeepAll);
  ASSERT_TRUE(file->append("later"));
  ASSERT_TRUE(directory->remove_file("a"));
  EXPECT_EQ(crashed(*kept, CrashPolicy::kDropAll, "a"), std::string(5000, 'x'));
}

TEST(SimFileSystem, PagesLostByAFailedSyncNeverBecomeDurable) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(directory->sync());
  ASSERT_TRUE(file->append("lost"));
  dynamic_cast<UnsyncedLoss&>(*file).lose_unsynced();
  ASSERT_TRUE(file->append("kept"));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(files.read_file("/db", "a"), "lostkept");
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), std::string("\0\0\0\0kept", 8));
  ASSERT_TRUE(file->close());
  EXPECT_EQ(crashed(files, CrashPolicy::kKeepAll, "a"), std::string("\0\0\0\0kept", 8));
}

TEST(SimFileSystem, SizeOfLostPagesBecomesDurableWithZerosInThem) {
  SimFileSystem files;
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(directory->sync());
  ASSERT_TRUE(file->append("lost"));
  dynamic_cast<UnsyncedLoss&>(*file).lose_unsynced();
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), "");
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), std::string(4, '\0'));
}

TEST(SimFileSystem, ManyThreadsAndCrashesAtOnce) {
  SimFileSystem files;
  auto directory = open(&files);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string name = std::to_string(t) + "." + std::to_string(i);
        auto file = create(directory.get(), name);
        EXPECT_TRUE(file->append(std::string(600, 'x')));
        EXPECT_TRUE(file->sync());
        EXPECT_TRUE(file->close());
        EXPECT_TRUE(directory->sync());
        EXPECT_TRUE(i % 2 != 0 || directory->remove_file(name).is_ok());
      }
    });
  }
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const auto clone = files.crash_clone(seed, CrashPolicy::kDropAll);
    for (const std::string& name : clone->list_files("/db")) {
      // Another thread's directory sync may make a name durable before its file is.
      const std::string content = clone->read_file("/db", name).value_or("the file is missing");
      EXPECT_TRUE(content.empty() || content == std::string(600, 'x')) << name << ": " << content.size();
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(files.list_files("/db").size(), 75u);
  EXPECT_EQ(files.bytes_used(), 75u * 600u);
}

TEST(SimFileSystem, OpenHandlesKeepARemovedFile) {
  SimFileSystem files;
  files.write_file("/db", "a", "abc");
  auto directory = open(&files);
  auto reader = std::move(directory->open_file("a")).value();
  ASSERT_TRUE(directory->remove_file("a"));
  char buffer[3];
  EXPECT_EQ(reader->read_at(0, 3, buffer).value(), 3u);
  EXPECT_EQ(Bytes(buffer, 3), "abc");
  EXPECT_EQ(files.bytes_used(), 3u);
  reader.reset();
  EXPECT_EQ(files.bytes_used(), 0u);
}

TEST(SimFileSystem, ErrorsAreThoseOfTheInterface) {
  SimFileSystem files;
  EXPECT_EQ(files.open_directory("/db", DirectoryMode::kMustExist).status().code(), Code::kDoesNotExist);
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  EXPECT_EQ(directory->create_file("a").status().os_error(), EEXIST);
  EXPECT_EQ(directory->open_file("b").status().code(), Code::kMissingFile);
  EXPECT_EQ(directory->remove_file("b").code(), Code::kMissingFile);
  EXPECT_EQ(directory->rename_file("b", "c").code(), Code::kMissingFile);
  EXPECT_EQ(directory->file_size("b").status().code(), Code::kMissingFile);
  EXPECT_EQ(files.open_directory("/db/a", DirectoryMode::kCreateIfMissing).status().code(),
            Code::kNotADatabase);
  EXPECT_FALSE(files.remove_directory("/db"));
  ASSERT_TRUE(files.open_directory("/db/sub", DirectoryMode::kCreateIfMissing));
  EXPECT_EQ(directory->open_file("sub").status().code(), Code::kCorruption);
  EXPECT_EQ(directory->list().value().size(), 2u);
  ASSERT_TRUE(directory->remove_file("a"));
  EXPECT_FALSE(files.remove_directory("/db"));
  ASSERT_TRUE(files.remove_directory("/db/sub"));
  ASSERT_TRUE(files.remove_directory("/db"));
  EXPECT_FALSE(directory->create_file("x"));
}

TEST(SimFileSystem, LockIsExclusiveUntilReleasedAndGoneInAClone) {
  SimFileSystem files;
  auto directory = open(&files);
  auto other = open(&files);
  auto lock = std::move(directory->lock("LOCK")).value();
  EXPECT_EQ(other->lock("LOCK").status().code(), Code::kLocked);
  const auto clone = files.crash_clone(0, CrashPolicy::kKeepAll);
  EXPECT_TRUE(open(clone.get())->lock("LOCK"));
  lock.reset();
  EXPECT_TRUE(other->lock("LOCK"));
  EXPECT_EQ(files.list_files("/db"), std::vector<std::string>{"LOCK"});
}

TEST(SimFileSystem, WriteBeyondTheSpaceLimitTakesEffectAsFarAsItFits) {
  SimFileSystem files;
  files.set_space_limit(5);
  auto directory = open(&files);
  auto file = create(directory.get(), "a");
  ASSERT_TRUE(file->append("abc"));
  EXPECT_EQ(directory->free_space().value(), 2u);
  const Status status = file->append("defg");
  EXPECT_EQ(status.code(), Code::kNoSpace);
  EXPECT_EQ(status.os_error(), ENOSPC);
  EXPECT_EQ(files.read_file("/db", "a"), "abcde");
  EXPECT_EQ(file->size(), 3u);
  EXPECT_EQ(files.bytes_used(), 5u);
  EXPECT_TRUE(file->write_at(0, "ABCDE"));
  files.set_space_limit(kNoSpaceLimit);
  EXPECT_TRUE(file->append("defg"));
  EXPECT_EQ(files.read_file("/db", "a"), "ABCdefg");
}

TEST(SimFileSystem, CorruptChangesBytesDurablyAndReportsMisses) {
  SimFileSystem files;
  files.write_file("/db", "a", "abc");
  const auto flip = [](std::string* content, uint64_t offset) { (*content)[offset] ^= 1; };
  EXPECT_TRUE(files.corrupt("/db", "a", 1, flip));
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), "acc");
  EXPECT_FALSE(files.corrupt("/db", "a", 9, flip));
  EXPECT_FALSE(files.corrupt("/db", "b", 0, flip));
  EXPECT_TRUE(files.corrupt("/db", "a", 0, [](std::string* content, uint64_t) { content->resize(1); }));
  EXPECT_EQ(files.bytes_used(), 1u);
  EXPECT_TRUE(files.delete_file("/db", "a"));
  EXPECT_EQ(files.bytes_used(), 0u);
  EXPECT_EQ(crashed(files, CrashPolicy::kDropAll, "a"), std::nullopt);
}

}  // namespace
}  // namespace wombat
