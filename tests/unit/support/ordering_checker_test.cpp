#include "support/ordering_checker.h"

#include <gtest/gtest.h>

#include <map>

#include "support/fault_file_system.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

/// A made-up engine that keeps every rule; each test leaves one step out.
class OrderingCheckerTest : public ::testing::Test {
 protected:
  OrderingCheckerTest() {
    files_.add_observer(&checker_);
    directory_ = std::move(files_.open_directory("/db", DirectoryMode::kCreateIfMissing)).value();
  }

  WritableFile& create(const std::string& name) {
    return *(writers_[name] = std::move(directory_->create_file(name)).value());
  }
  WritableFile& file(const std::string& name) { return *writers_[name]; }
  void write(const std::string& name, size_t size = 100) {
    static_cast<void>(file(name).append(std::string(size, 'x')));
  }
  void sync(const std::string& name) { static_cast<void>(file(name).sync()); }
  void close(const std::string& name) { static_cast<void>(file(name).close()); }
  void sync_directory() { static_cast<void>(directory_->sync()); }
  void remove(const std::string& name) { static_cast<void>(directory_->remove_file(name)); }
  void finished(const std::string& name) {
    create(name);
    write(name);
    sync(name);
    close(name);
    sync_directory();
  }
  void manifest_edit(const std::string& name) {
    write(name);
    sync(name);
  }
  void new_manifest(const std::string& name) {
    create(name);
    manifest_edit(name);
    sync_directory();
  }
  void current_temp() {
    create("CURRENT.tmp");
    write("CURRENT.tmp", 40);
    sync("CURRENT.tmp");
    close("CURRENT.tmp");
  }
  void rename_current() { static_cast<void>(directory_->rename_file("CURRENT.tmp", "CURRENT")); }
  void new_database() {
    new_manifest("000001.manifest");
    current_temp();
    rename_current();
    sync_directory();
  }
  /// Exactly one violation, of that rule.
  void expect_violation(const std::string& rule) {
    const auto found = checker_.violations();
    ASSERT_EQ(found.size(), 1u) << (found.empty() ? "" : found[0] + "\n" + found.back());
    EXPECT_EQ(found[0].substr(0, rule.size() + 1), rule + ":") << found[0];
  }
  void expect_clean() { EXPECT_EQ(checker_.violations(), std::vector<std::string>()); }

  SimFileSystem sim_;
  FaultFileSystem files_{&sim_};
  OrderingChecker checker_;
  std::unique_ptr<Directory> directory_;
  std::map<std::string, std::unique_ptr<WritableFile>> writers_;
};

TEST_F(OrderingCheckerTest, AcceptsALifeThatKeepsAllRules) {
  new_database();
  create("000002.log");
  write("000002.log");
  sync("000002.log");
  sync_directory();
  create("000003.table");
  write("000003.table");
  manifest_edit("000001.manifest");  // a table in progress does not matter
  close("000002.log");
  sync("000003.table");
  close("000003.table");
  sync_directory();
  manifest_edit("000001.manifest");
  remove("000002.log");
  finished("000004.table");
  manifest_edit("000001.manifest");
  remove("000003.table");
  finished("000005.table");  // the output of a job that is cancelled
  remove("000005.table");
  close("000001.manifest");
  new_manifest("000006.manifest");
  current_temp();
  rename_current();
  sync_directory();
  remove("000001.manifest");
  expect_clean();
}

TEST_F(OrderingCheckerTest, FlagsARenameOfAnUnsyncedCurrentFile) {
  new_manifest("000001.manifest");
  create("CURRENT.tmp");
  write("CURRENT.tmp");
  rename_current();
  expect_violation("a1");
}

TEST_F(OrderingCheckerTest, FlagsCurrentWrittenInPlace) {
  new_manifest("000001.manifest");
  create("CURRENT");
  expect_violation("a1");
}

TEST_F(OrderingCheckerTest, FlagsARenameBeforeTheManifestIsSynced) {
  create("000001.manifest");
  write("000001.manifest");
  sync_directory();
  current_temp();
  rename_current();
  expect_violation("a2");
}

TEST_F(OrderingCheckerTest, FlagsARenameBeforeTheNameOfTheManifestIsSynced) {
  create("000001.manifest");
  manifest_edit("000001.manifest");
  current_temp();
  rename_current();
  expect_violation("a2");
}

TEST_F(OrderingCheckerTest, FlagsARemovalBeforeTheRenameOfCurrentIsSynced) {
  new_database();
  finished("000002.table");
  manifest_edit("000001.manifest");
  new_manifest("000003.manifest");
  current_temp();
  rename_current();
  remove("000002.table");
  expect_violation("a3");
}

TEST_F(OrderingCheckerTest, FlagsAManifestSyncWithAnUnsyncedFinishedTable) {
  new_database();
  create("000002.table");
  write("000002.table");
  sync("000002.table");
  write("000002.table");
  close("000002.table");
  sync_directory();
  manifest_edit("000001.manifest");
  expect_violation("b");
}

TEST_F(OrderingCheckerTest, FlagsAManifestSyncBeforeTheNameOfATableIsSynced) {
  new_database();
  create("000002.table");
  write("000002.table");
  sync("000002.table");
  close("000002.table");
  manifest_edit("000001.manifest");
  expect_violation("b");
}

TEST_F(OrderingCheckerTest, ExemptsDiscardedTables) {
  new_database();
  create("000002.table");
  write("000002.table");
  writers_.erase("000002.table");
  manifest_edit("000001.manifest");
  remove("000002.table");
  expect_clean();
}

TEST_F(OrderingCheckerTest, FlagsAWriteAfterClose) {
  finished("000002.table");
  write("000002.table");
  expect_violation("c");
}

TEST_F(OrderingCheckerTest, FlagsANameThatIsUsedTwice) {
  new_database();
  finished("000002.table");
  manifest_edit("000001.manifest");
  remove("000002.table");
  create("000002.table");
  expect_violation("c");
}

TEST_F(OrderingCheckerTest, FlagsAWriteAfterAFailedSync) {
  create("000002.log");
  write("000002.log");
  files_.add_fault({.only = CallKind::kSync});
  sync("000002.log");
  write("000002.log");
  expect_violation("d");
}

TEST_F(OrderingCheckerTest, FlagsASecondSyncAfterAFailedOne) {
  create("000002.log");
  write("000002.log");
  files_.add_fault({.only = CallKind::kSync});
  sync("000002.log");
  sync("000002.log");
  expect_violation("d");
}

TEST_F(OrderingCheckerTest, FlagsARemovedTableWhoseEditIsNotSynced) {
  new_database();
  finished("000002.table");
  write("000001.manifest");
  remove("000002.table");
  expect_violation("e");
}

TEST_F(OrderingCheckerTest, FlagsARemovedTableAfterAFailedManifestSync) {
  new_database();
  finished("000002.table");
  files_.add_fault({.only = CallKind::kSync});
  manifest_edit("000001.manifest");
  remove("000002.table");
  expect_violation("e");
}

TEST_F(OrderingCheckerTest, FlagsALogRemovedWithoutAManifestSyncSinceItWasSealed) {
  new_database();
  create("000002.log");
  write("000002.log");
  manifest_edit("000001.manifest");
  close("000002.log");
  remove("000002.log");
  expect_violation("e");
}

TEST_F(OrderingCheckerTest, FlagsALogFromAnEarlierLifeRemovedBeforeAnyManifestSync) {
  sim_.write_file("/db", "000002.log", std::string(100, 'x'));
  remove("000002.log");
  expect_violation("e");
}

TEST_F(OrderingCheckerTest, FlagsTheRemovalOfTheCurrentManifest) {
  new_database();
  new_manifest("000002.manifest");
  remove("000001.manifest");
  expect_violation("e");
}

TEST_F(OrderingCheckerTest, FlagsTheRemovalOfAManifestAfterAFailedRename) {
  new_database();
  new_manifest("000002.manifest");
  current_temp();
  files_.add_fault({.only = CallKind::kRename, .fault = FaultKind::kFailedButTookEffect});
  rename_current();
  remove("000002.manifest");
  expect_violation("e");
}

TEST_F(OrderingCheckerTest, AcceptsTheRemovalOfAManifestThatWasNeverNamed) {
  new_database();
  new_manifest("000002.manifest");
  remove("000002.manifest");
  expect_clean();
}

TEST_F(OrderingCheckerTest, AcceptsTheDestructionOfADatabaseAndANewOneInItsPlace) {
  new_database();
  close("000001.manifest");
  remove("CURRENT");
  sync_directory();
  remove("000001.manifest");
  new_database();
  expect_clean();
}

TEST_F(OrderingCheckerTest, WithConcurrentJobsATableMayAwaitItsDirectorySync) {
  OrderingChecker relaxed({.has_concurrent_jobs = true});
  files_.add_observer(&relaxed);
  new_database();
  create("000002.table");
  write("000002.table");
  sync("000002.table");
  close("000002.table");
  manifest_edit("000001.manifest");
  EXPECT_TRUE(relaxed.violations().empty());
  create("000003.table");
  write("000003.table");
  close("000003.table");
  manifest_edit("000001.manifest");
  EXPECT_EQ(relaxed.violations().size(), 1u);
  files_.remove_observer(&relaxed);
}

/// Of a table beside the database: the name has to be durable there, and removing it needs a manifest as well.
TEST_F(OrderingCheckerTest, FilesInAnotherDirectoryBelongToTheDatabase) {
  OrderingChecker with_side({.homes = {{"/side", "/db"}}});
  files_.add_observer(&with_side);
  new_database();
  const std::unique_ptr<Directory> home = std::move(directory_);
  directory_ = std::move(files_.open_directory("/side", DirectoryMode::kCreateIfMissing)).value();
  create("000002.table");
  write("000002.table");
  sync("000002.table");
  close("000002.table");
  ASSERT_TRUE(home->sync());
  manifest_edit("000001.manifest");
  ASSERT_EQ(with_side.violations().size(), 1u);
  EXPECT_EQ(with_side.violations()[0].substr(0, 2), "b:");
  sync_directory();
  manifest_edit("000001.manifest");
  finished("000003.table");
  write("000001.manifest");
  remove("000003.table");
  ASSERT_EQ(with_side.violations().size(), 2u);
  EXPECT_EQ(with_side.violations()[1].substr(0, 2), "e:");
  sync("000001.manifest");
  remove("000002.table");
  EXPECT_EQ(with_side.violations().size(), 2u);
  files_.remove_observer(&with_side);
}

}  // namespace
}  // namespace wombat
