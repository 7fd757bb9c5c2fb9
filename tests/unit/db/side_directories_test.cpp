// value_log.directory and cold.directory: where files are made, how they are found again, and what happens when they are not
// there.
#include "db/side_directories.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "db/destroy.h"
#include "support/temp_directory.h"
#include "unit/db/compaction_world.h"

namespace wombat {
namespace {

constexpr char kValues[] = "value_log.threshold=200; value_log.file_size=64KiB; ";
constexpr char kBoth[] =
    "value_log.threshold=200; value_log.file_size=64KiB; value_log.directory=/values; cold.directory=/cold; "
    "cold.level=1; ";

class SideDirectoriesTest : public test::CompactionWorld {
 protected:
  SideDirectoriesTest() { path_ = "/d"; }

  ~SideDirectoriesTest() override { close(); }  // before the clock goes

  void fill(int count, size_t size, int first = 0) {
    for (int i = first; i < first + count; ++i)
      put(key_of(static_cast<uint64_t>(i)), std::string(size, static_cast<char>('a' + i % 26)));
  }
  /// Tables in a deep level, and values.
  void make(const std::string& options) {
    open(options);
    fill(300, 30);
    fill(100, 300, 300);
    settle();
    ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
    settle();
  }
  size_t count(const std::string& path, const std::string& ending) const {
    size_t found = 0;
    for (const std::string& name : disk_.list_files(path)) found += name.ends_with(ending) ? 1 : 0;
    return found;
  }
  Status try_open(const std::string& options, const std::string& path = "/d") {
    Options parsed;
    EXPECT_TRUE(parsed.parse(options));
    Environment environment;
    environment.file_system = &files_;
    Result<std::shared_ptr<Db>> opened = Db::open(path, parsed, environment);
    if (opened) {
      EXPECT_TRUE(opened.value()->close());
    }
    return opened.status();
  }
  static void expect_text(const Status& status, Code code, std::initializer_list<const char*> texts) {
    EXPECT_EQ(status.code(), code) << status.to_string();
    for (const char* const text : texts)
      EXPECT_NE(status.message().find(text), std::string::npos) << text << ": " << status.to_string();
  }
  /// As `cp -r` does it.
  void copy(const std::string& from, const std::string& to) {
    for (const std::string& name : disk_.list_files(from))
      if (name != kLockFileName) disk_.write_file(to, name, *disk_.read_file(from, name));
  }
  void empty(const std::string& path) { empty(disk_, path); }
  static void empty(SimFileSystem& disk, const std::string& path) {
    const auto directory = disk.open_directory(path, DirectoryMode::kMustExist).value();
    for (const std::string& name : disk.list_files(path)) EXPECT_TRUE(directory->remove_file(name));
  }

  TestClock clock_;
};

TEST_F(SideDirectoriesTest, FilesAreMadeWhereTheOptionsSay) {
  make(kBoth);
  EXPECT_EQ(count("/d", ".values"), 0u);
  EXPECT_EQ(count("/d", ".table"), 0u);
  EXPECT_GE(count("/values", ".values"), 1u);
  EXPECT_GE(count("/cold", ".table"), 1u);
  EXPECT_EQ(std::stoull(property("cold.tables")), count("/cold", ".table"));
  EXPECT_EQ(property("cold.bytes"), property("disk.table_bytes"));
  EXPECT_GT(std::stoull(property("disk.bytes")),
            std::stoull(property("disk.table_bytes")) + std::stoull(property("value_log.bytes")));
  check();
  close();
  open(kBoth);
  check();
}

TEST_F(SideDirectoriesTest, FilesAreFoundWhenTheOptionsChange) {
  make(kBoth);
  close();
  open(kValues);  // neither
  check();
  EXPECT_EQ(property("cold.tables"), "0");
  fill(50, 300, 1000);
  settle();
  EXPECT_GE(count("/d", ".values"), 1u);
  close();
  open(std::string(kValues) + "value_log.directory=/cold; cold.directory=/values");  // each in the other's
  check();
  close();
  open(std::string(kValues) + "open.read_only=true");
  check();
}

TEST_F(SideDirectoriesTest, AnEmptyDirectoryIsGivenUp) {
  make(kBoth);
  close();
  open(kValues);
  for (const char* const old : {"/values", "/cold"}) EXPECT_EQ(count(old, "OWNER"), 1u);
  fill(400, 40);
  settle();
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  ASSERT_TRUE(db_->reclaim(0, {}));
  settle();
  EXPECT_TRUE(comes_true([&] { return count("/values", ".values") == 0 && count("/cold", ".table") == 0; }));
  close();
  open(kValues);
  EXPECT_TRUE(disk_.list_files("/values").empty());
  EXPECT_TRUE(disk_.list_files("/cold").empty());
  close();
  ASSERT_TRUE(disk_.remove_directory("/values"));
  ASSERT_TRUE(disk_.remove_directory("/cold"));
  open(kValues);
  check();
}

TEST_F(SideDirectoriesTest, TablesThatAreThereAreMovedInTheBackground) {
  make(kValues);
  const size_t tables = count("/d", ".table");
  ASSERT_GE(tables, 1u);
  close();
  open(std::string(kBoth) + "cold.level=0");
  settle();
  EXPECT_EQ(count("/cold", ".table"), 0u);
  set("cold.level", "1");
  EXPECT_TRUE(comes_true([&] { return count("/d", ".table") == 0; }));
  settle();
  EXPECT_EQ(db_->counter_total(Counter::kColdMovedTables), tables);
  EXPECT_GT(db_->counter_total(Counter::kColdMovedBytes), 0u);
  check();
}

TEST_F(SideDirectoriesTest, TablesThatAreOldAreMoved) {
  environment_.clock = &clock_;
  make(std::string(kValues) + "cold.directory=/cold; cold.age_s=100");
  EXPECT_EQ(count("/cold", ".table"), 0u);
  const size_t tables = count("/d", ".table");
  clock_.set_ticks(2);       // an hour
  set("log.level", "info");  // the housekeeper looks at the clock
  EXPECT_TRUE(comes_true([&] { return count("/cold", ".table") == tables && count("/d", ".table") == 0; }));
  check();
  fill(10, 30, 2000);
  settle();
  EXPECT_GE(count("/d", ".table"), 1u) << "young";
  close();
  open(std::string(kValues) + "cold.directory=/cold; cold.age_s=100");
  check();
}

TEST_F(SideDirectoriesTest, AMissingDirectoryIsAnError) {
  make(kBoth);
  close();
  for (const char* const path : {"/values", "/cold"}) {
    const bool is_cold = path[1] == 'c';
    const auto image = disk_.crash_clone(1, CrashPolicy::kKeepAll);
    FaultFileSystem files(image.get());
    empty(*image, path);
    const char* const option = is_cold ? "cold.directory" : "value_log.directory";
    Environment environment;
    environment.file_system = &files;
    Options options;
    ASSERT_TRUE(options.parse(kBoth));
    // Empty, as where a file system is not mounted.
    expect_text(Db::open("/d", options, environment).status(), Code::kMissingFile,
                {option, path, "OWNER", "mounted"});
    empty(*image, path);  // LOCK
    ASSERT_TRUE(image->remove_directory(path));
    expect_text(Db::open("/d", options, environment).status(), Code::kMissingFile,
                {option, path, "is missing", "mounted"});
    EXPECT_FALSE(image->open_directory(path, DirectoryMode::kMustExist)) << "it was not made";
    Options plain;
    ASSERT_TRUE(plain.parse("open.read_only=true"));
    expect_text(Db::open("/d", plain, environment).status(), Code::kMissingFile,
                {"value_log.directory or cold.directory", path, "is missing"});
  }
}

TEST_F(SideDirectoriesTest, AMissingFileIsAnError) {
  make(kBoth);
  close();
  for (const char* const path : {"/values", "/cold"}) {
    const auto image = disk_.crash_clone(1, CrashPolicy::kKeepAll);
    const auto directory = image->open_directory(path, DirectoryMode::kMustExist).value();
    for (const std::string& name : image->list_files(path)) {
      if (!name.ends_with(".values") && !name.ends_with(".table")) continue;
      ASSERT_TRUE(directory->remove_file(name));
      Environment environment;
      environment.file_system = image.get();
      Options options;
      ASSERT_TRUE(options.parse(kBoth));
      expect_text(Db::open("/d", options, environment).status(), Code::kMissingFile,
                  {name.c_str(), "nor is it in", path,
                   path[1] == 'c' ? "(cold.directory)" : "(value_log.directory)"});
      break;
    }
  }
}

TEST_F(SideDirectoriesTest, MovedDirectoriesAreFoundWhereTheOptionSays) {
  make(kBoth);
  close();
  copy("/cold", "/elsewhere");
  empty("/cold");
  ASSERT_TRUE(disk_.remove_directory("/cold"));
  expect_text(try_open(kValues), Code::kMissingFile, {"/cold"});
  const std::string there = std::string(kBoth) + "cold.directory=/elsewhere";
  open(there + "; open.read_only=true");
  check();
  close();
  open(there);
  check();
  close();
  open(kValues);  // the manifest has the new place
  check();
}

TEST_F(SideDirectoriesTest, OneDatabaseDoesNotTouchTheFilesOfAnother) {
  make(kBoth);
  expect_text(try_open(kBoth, "/e"), Code::kLocked, {"value_log.directory"});
  close();
  const auto before = disk_.list_files("/values");
  expect_text(try_open(kBoth, "/e"), Code::kInvalidArgument,
              {"value_log.directory", "/values", "at /d", "choose another"});
  expect_text(try_open("value_log.directory=/d", "/e"), Code::kInvalidArgument,
              {"value_log.directory", "own directory of a database"});
  expect_text(try_open("cold.directory=/e", "/e"), Code::kInvalidArgument,
              {"cold.directory", "own directory"});
  EXPECT_EQ(disk_.list_files("/values"), before);
  open(kBoth);
  check();
}

TEST_F(SideDirectoriesTest, ACopyDoesNotTouchTheFilesOfTheOriginal) {
  make(kBoth);
  close();
  copy("/d", "/copy");
  const auto before = disk_.list_files("/cold");
  expect_text(try_open(kBoth, "/copy"), Code::kInvalidArgument, {"/values", "at /d", "/copy is a copy"});
  ASSERT_TRUE(destroy_database(files_, "/copy"));
  EXPECT_EQ(disk_.list_files("/cold"), before);
  open(kBoth);
  check();
  close();
  // With a copy of the other directories it is a database of its own.
  copy("/d", "/copy");
  copy("/values", "/values_copy");
  copy("/cold", "/cold_copy");
  const std::string of_copy =
      std::string(kBoth) + "value_log.directory=/values_copy; cold.directory=/cold_copy";
  path_ = "/copy";
  open(of_copy);
  check();
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  check();
  close();
  path_ = "/d";
  open(kBoth);
  check();
}

TEST_F(SideDirectoriesTest, AMovedDatabaseKeepsItsDirectories) {
  make(kBoth);
  close();
  copy("/d", "/moved");
  empty("/d");
  path_ = "/moved";
  open(kBoth);
  check();
  close();
  EXPECT_EQ(read_side_owner(*disk_.open_directory("/cold", DirectoryMode::kMustExist).value()).value()->home,
            "/moved");
}

TEST_F(SideDirectoriesTest, StraysInTheDirectoriesAreRemoved) {
  make(kBoth);
  close();
  disk_.write_file("/cold", "900000.table", "left behind");
  disk_.write_file("/values", "900001.values", "left behind");
  disk_.write_file("/values", "notes.txt", "somebody's");
  open(kBoth);
  EXPECT_EQ(count("/cold", "900000.table"), 0u);
  EXPECT_EQ(count("/values", "900001.values"), 0u);
  EXPECT_EQ(count("/values", "notes.txt"), 1u);
  check();
}

TEST_F(SideDirectoriesTest, FilesWithoutAnOwnerAreNotAdopted) {
  disk_.write_file("/cold", "000005.table", "whose?");
  expect_text(try_open("cold.directory=/cold"), Code::kInvalidArgument, {"cold.directory", "/cold", "OWNER"});
  EXPECT_EQ(count("/cold", ".table"), 1u);
}

TEST_F(SideDirectoriesTest, ADamagedOwnerIsAnError) {
  make(kBoth);
  close();
  const std::string owner = *disk_.read_file("/cold", "OWNER");
  for (size_t at = 0; at < owner.size(); ++at) {
    std::string damaged = owner;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    disk_.write_file("/cold", "OWNER", damaged);
    EXPECT_FALSE(try_open(kBoth)) << at;
  }
  for (size_t size = 0; size < owner.size(); ++size) {
    disk_.write_file("/cold", "OWNER", Bytes(owner).substr(0, size));
    expect_text(try_open(kBoth), Code::kCorruption, {"cold.directory", "OWNER"});
  }
  disk_.write_file("/cold", "OWNER", owner);
  open(kBoth);
  check();
}

TEST_F(SideDirectoriesTest, ALostCurrentDoesNotBecomeAnEmptyDatabase) {
  make(kBoth);
  close();
  ASSERT_EQ(count("/d", ".table") + count("/d", ".values"), 0u);
  const auto home = disk_.open_directory("/d", DirectoryMode::kMustExist).value();
  const std::string current = *disk_.read_file("/d", "CURRENT");
  ASSERT_TRUE(home->remove_file("CURRENT"));
  for (const char* const options : {kBoth, kValues, ""})
    expect_text(try_open(options), Code::kMissingFile, {"/d", "CURRENT"});
  disk_.write_file("/d", "CURRENT", current);
  open(kBoth);
  check();
}

TEST_F(SideDirectoriesTest, DestroyRemovesWhatLiesThere) {
  make(kBoth);
  close();
  disk_.write_file("/values", "notes.txt", "somebody's");
  ASSERT_TRUE(destroy_database(files_, "/d"));
  EXPECT_FALSE(disk_.open_directory("/d", DirectoryMode::kMustExist));
  EXPECT_FALSE(disk_.open_directory("/cold", DirectoryMode::kMustExist));
  EXPECT_EQ(disk_.list_files("/values"), std::vector<std::string>{"notes.txt"});
}

TEST_F(SideDirectoriesTest, OneDirectoryMayServeBoth) {
  make(std::string(kValues) + "value_log.directory=/both; cold.directory=/both; cold.level=1");
  EXPECT_GE(count("/both", ".values"), 1u);
  EXPECT_GE(count("/both", ".table"), 1u);
  EXPECT_EQ(count("/both", "OWNER"), 1u);
  close();
  open(kValues);
  check();
}

TEST_F(SideDirectoriesTest, TheCeilingOnSpaceCountsAllDirectories) {
  make(std::string(kBoth) + "space.max_amplification=100");
  const std::string usage = property("space.usage");
  EXPECT_EQ(usage.find("\"value_files\":0"), std::string::npos) << usage;
  EXPECT_EQ(usage.find("\"tables\":0,"), std::string::npos) << usage;
}

TEST_F(SideDirectoriesTest, KeyspacesHaveTheirOwnLevels) {
  open(std::string(kBoth) + "cold.level=0");
  ASSERT_TRUE(db_->create_keyspace("deep", "cold.level=1"));
  fill(300, 30);
  settle();
  ASSERT_TRUE(db_->compact_range(nullptr, nullptr, {}));
  EXPECT_EQ(property("cold.tables"), "0");
  const auto tree = db_->open_keyspace("deep").value();
  for (int i = 0; i < 100; ++i) {
    WriteBatch batch;
    ASSERT_TRUE(batch.put(key_of(static_cast<uint64_t>(i)), "v"));
    batch.assign_keyspace(tree->id());
    WriteRequest request;
    request.record = batch.record();
    request.tree = tree.get();
    ASSERT_TRUE(db_->write(request));
  }
  ASSERT_TRUE(tree->compact_range(nullptr, nullptr, {}));
  EXPECT_EQ(property("cold.tables"), "1");
}

/// Below the database's own directory, on a real file system, with ways that differ but lead to the same place.
TEST(SideDirectoriesOnDisk, RelativePathsBeginAtTheDatabase) {
  const TempDirectory temp;
  const std::string path = temp.file("db");
  const auto open = [&](const std::string& text) {
    Options options;
    EXPECT_TRUE(options.parse("value_log.threshold=10; wal.sync=os; " + text));
    return Db::open(path, options, Environment());
  };
  const auto put = [](Db& db, const std::string& key) {
    WriteBatch batch;
    EXPECT_TRUE(batch.put(key, std::string(100, 'v')));
    WriteRequest request;
    request.record = batch.record();
    request.tree = &db.default_tree();
    EXPECT_TRUE(db.write(request));
  };
  {
    auto db = open("value_log.directory=values; cold.directory=./values; cold.level=1");
    ASSERT_TRUE(db) << db.status().to_string();
    put(*db.value(), "a");
    ASSERT_TRUE(db.value()->compact_range(nullptr, nullptr, {}));
    EXPECT_EQ(db.value()->property("cold.tables").value(), "1");
    ASSERT_TRUE(db.value()->close());
  }
  EXPECT_TRUE(std::filesystem::exists(path + "/values/OWNER"));
  const std::string moved = temp.file("moved");
  std::filesystem::rename(path, moved);
  std::filesystem::create_directory_symlink(moved, path);
  {
    auto db = open("");
    ASSERT_TRUE(db) << db.status().to_string();
    ASSERT_TRUE(db.value()->verify({}));
    put(*db.value(), "b");
    ASSERT_TRUE(db.value()->close());
  }
  std::filesystem::remove(path);
  ASSERT_TRUE(destroy_database(posix_file_system(), moved));
  EXPECT_FALSE(std::filesystem::exists(moved));
}

/// A create that was cut short has made the directory below the database's own, and nothing else.
TEST(SideDirectoriesOnDisk, ADirectoryBelowDoesNotKeepADatabaseFromBeingMade) {
  const TempDirectory temp;
  std::filesystem::create_directories(temp.file("db") + "/values");
  Options options;
  ASSERT_TRUE(options.parse("value_log.directory=values"));
  auto db = Db::open(temp.file("db"), options, Environment());
  ASSERT_TRUE(db) << db.status().to_string();
  ASSERT_TRUE(db.value()->close());
  EXPECT_EQ(Db::open(temp.file("db") + "/values", Options(), Environment()).status().code(),
            Code::kNotADatabase);
}

}  // namespace
}  // namespace wombat
