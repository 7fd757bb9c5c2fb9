#include "env/spread_directory.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/fault_file_system.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

using Names = std::vector<std::string>;

class SpreadDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::make_unique<SpreadDirectory>(open("/home"));
    directory_->put_values_in(directory_->add_side(open("/values")).value());
    directory_->put_cold_tables_in(directory_->add_side(open("/cold"), "cold.directory").value());
  }
  std::unique_ptr<Directory> open(const std::string& path) {
    return std::move(files_.open_directory(path, DirectoryMode::kCreateIfMissing)).value();
  }
  void create(const std::string& name) { finish(directory_->create_file(name)); }
  void create_cold(const std::string& name) { finish(directory_->create_cold_file(name)); }
  static void finish(Result<std::unique_ptr<WritableFile>> file) {
    ASSERT_TRUE(file) << file.status().to_string();
    ASSERT_TRUE(file.value()->append("12345"));
    ASSERT_TRUE(file.value()->sync());
    ASSERT_TRUE(file.value()->close());
  }
  /// What a loss of power at this moment leaves.
  Names durable(const std::string& path) {
    return disk_.crash_clone(1, CrashPolicy::kDropAll)->list_files(path);
  }

  SimFileSystem disk_;
  FaultFileSystem files_{&disk_};
  std::unique_ptr<SpreadDirectory> directory_;
};

TEST_F(SpreadDirectoryTest, EveryKindOfFileGoesWhereItBelongs) {
  create("000001.manifest");
  create("000002.table");
  create("000003.values");
  create_cold("000004.table");
  create("CURRENT.tmp");
  EXPECT_EQ(disk_.list_files("/home"), (Names{"000001.manifest", "000002.table", "CURRENT.tmp"}));
  EXPECT_EQ(disk_.list_files("/values"), Names{"000003.values"});
  EXPECT_EQ(disk_.list_files("/cold"), Names{"000004.table"});
  EXPECT_TRUE(directory_->is_cold("000004.table"));
  EXPECT_FALSE(directory_->is_cold("000002.table"));
  EXPECT_FALSE(directory_->is_cold("000003.values"));
  Names all = directory_->list().value();
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all, (Names{"000001.manifest", "000002.table", "000003.values", "000004.table", "CURRENT.tmp"}));
  for (const std::string& name : all) {
    EXPECT_EQ(directory_->file_size(name).value(), 5u) << name;
    EXPECT_TRUE(directory_->open_file(name)) << name;
    EXPECT_TRUE(directory_->open_file_as(name, ReadMode::kBuffered)) << name;
    EXPECT_TRUE(directory_->remove_file(name)) << name;
    EXPECT_EQ(directory_->remove_file(name).code(), Code::kMissingFile) << name;
  }
  EXPECT_TRUE(directory_->list().value().empty());
}

TEST_F(SpreadDirectoryTest, FilesThatWereThereBeforeAreFound) {
  create("000003.values");
  create_cold("000004.table");
  disk_.write_file("/cold", "notes.txt", "somebody else's");
  disk_.write_file("/cold", "000009.log", "nothing that belongs there");
  SpreadDirectory again(open("/home"));
  ASSERT_EQ(again.add_side(open("/values")).value(), 1u);
  ASSERT_EQ(again.add_side(open("/cold")).value(), 2u);
  EXPECT_TRUE(again.open_file("000003.values"));
  EXPECT_TRUE(again.open_file("000004.table"));
  EXPECT_EQ(again.list().value().size(), 2u);
  EXPECT_FALSE(again.is_cold("000004.table")) << "no directory is for cold tables";
  EXPECT_FALSE(again.has_cold_side());
  finish(again.create_file("000005.values"));
  finish(again.create_cold_file("000006.table"));
  EXPECT_EQ(disk_.list_files("/home"), (Names{"000005.values", "000006.table"}));
}

TEST_F(SpreadDirectoryTest, ANameInTwoDirectoriesIsAnError) {
  create_cold("000004.table");
  disk_.write_file("/home", "000004.table", "a copy");
  SpreadDirectory again(open("/home"));
  const Status status = again.add_side(open("/cold")).status();
  EXPECT_EQ(status.code(), Code::kCorruption);
  EXPECT_NE(status.message().find("000004.table is in /home and in /cold"), std::string::npos)
      << status.to_string();
}

TEST_F(SpreadDirectoryTest, SyncMakesNamesInAllDirectoriesDurable) {
  create("000002.table");
  create("000003.values");
  create_cold("000004.table");
  EXPECT_TRUE(durable("/home").empty());
  EXPECT_TRUE(durable("/values").empty());
  EXPECT_TRUE(durable("/cold").empty());
  ASSERT_TRUE(directory_->sync());
  EXPECT_EQ(durable("/home"), Names{"000002.table"});
  EXPECT_EQ(durable("/values"), Names{"000003.values"});
  EXPECT_EQ(durable("/cold"), Names{"000004.table"});
}

TEST_F(SpreadDirectoryTest, OnlyDirectoriesWithNewNamesAreSynced) {
  create_cold("000004.table");
  uint64_t before = files_.call_count();
  ASSERT_TRUE(directory_->sync());
  EXPECT_EQ(files_.call_count(), before + 2) << "/cold and /home";
  before = files_.call_count();
  ASSERT_TRUE(directory_->sync());
  EXPECT_EQ(files_.call_count(), before + 1) << "/home";
}

TEST_F(SpreadDirectoryTest, AFailedSyncOfASideFails) {
  create("000003.values");
  FaultPlan fault;
  fault.only = CallKind::kDirectorySync;
  fault.fault = FaultKind::kSyncLosesPages;
  files_.add_fault(fault);
  EXPECT_EQ(directory_->sync().code(), Code::kIoError);
}

TEST_F(SpreadDirectoryTest, AFileThatIsMissingIsSoughtEverywhere) {
  const Status status = directory_->open_file("000007.values").status();
  EXPECT_EQ(status.code(), Code::kMissingFile);
  EXPECT_NE(status.message().find("nor is it in /values or in /cold (cold.directory)"), std::string::npos)
      << status.to_string();
  EXPECT_EQ(directory_->file_size("CURRENT").status().message().find("/values"), std::string::npos);
  create("000003.values");
  ASSERT_TRUE(open("/values")->remove_file("000003.values"));
  const Status gone = directory_->open_file("000003.values").status();
  EXPECT_NE(gone.message().find("/values/000003.values"), std::string::npos) << gone.to_string();
  EXPECT_NE(gone.message().find("it was in /values when"), std::string::npos) << gone.to_string();
}

TEST_F(SpreadDirectoryTest, AFileWhoseCreationFailedCanBeRemoved) {
  FaultPlan fault;
  fault.only = CallKind::kCreate;
  fault.fault = FaultKind::kFailedButTookEffect;
  files_.add_fault(fault);
  EXPECT_FALSE(directory_->create_file("000003.values"));
  files_.clear_faults();
  EXPECT_EQ(disk_.list_files("/values"), Names{"000003.values"});
  EXPECT_TRUE(directory_->remove_file("000003.values"));
  EXPECT_TRUE(disk_.list_files("/values").empty());
}

}  // namespace
}  // namespace wombat
