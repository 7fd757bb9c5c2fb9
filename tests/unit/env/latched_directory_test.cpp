#include "env/latched_directory.h"

#include <gtest/gtest.h>

#include "support/fault_file_system.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

class LatchedDirectoryTest : public ::testing::Test {
 protected:
  LatchedDirectoryTest() : file_system_(&disk_) {
    Result<std::unique_ptr<Directory>> opened =
        file_system_.open_directory("/d", DirectoryMode::kCreateIfMissing);
    directory_ = std::make_unique<LatchedDirectory>(std::move(opened).value());
  }

  void create(const std::string& name) {
    Result<std::unique_ptr<WritableFile>> file = directory_->create_file(name);
    ASSERT_TRUE(file.is_ok());
    ASSERT_TRUE(file.value()->close().is_ok());
  }

  SimFileSystem disk_;
  FaultFileSystem file_system_;
  std::unique_ptr<LatchedDirectory> directory_;
};

TEST_F(LatchedDirectoryTest, SyncMakesNamesDurable) {
  create("a");
  EXPECT_TRUE(directory_->sync().is_ok());
  EXPECT_TRUE(directory_->failure().is_ok());
  EXPECT_EQ(disk_.crash_clone(1, CrashPolicy::kDropAll)->list_files("/d"), std::vector<std::string>{"a"});
}

TEST_F(LatchedDirectoryTest, NoSyncSucceedsAfterOneFailed) {
  create("lost");
  FaultPlan fault;
  fault.only = CallKind::kDirectorySync;
  fault.fault = FaultKind::kSyncLosesPages;
  file_system_.add_fault(fault);
  EXPECT_EQ(directory_->sync().code(), Code::kIoError);
  file_system_.clear_faults();
  const uint64_t calls = file_system_.call_count();
  create("later");
  EXPECT_EQ(directory_->sync().code(), Code::kIoError);
  EXPECT_EQ(directory_->failure().code(), Code::kIoError);
  EXPECT_EQ(file_system_.call_count(), calls + 2) << "the disk is not asked again";
}

TEST_F(LatchedDirectoryTest, OtherCallsGoOnAfterAFailedSync) {
  create("a");
  FaultPlan fault;
  fault.only = CallKind::kDirectorySync;
  file_system_.add_fault(fault);
  EXPECT_FALSE(directory_->sync().is_ok());
  file_system_.clear_faults();
  EXPECT_TRUE(directory_->open_file("a").is_ok());
  EXPECT_EQ(directory_->file_size("a").value(), 0u);
  EXPECT_TRUE(directory_->rename_file("a", "b").is_ok());
  EXPECT_EQ(directory_->list().value(), std::vector<std::string>{"b"});
  EXPECT_TRUE(directory_->remove_file("b").is_ok());
  EXPECT_EQ(directory_->path(), "/d");
}

}  // namespace
}  // namespace wombat
