#include "db/tree_state.h"

#include <thread>

#include "tree_world.h"

namespace wombat {

namespace {

using test::put_entry;
using test::TreeWorld;

/// Version edits against a manifest on a disk that can fail.
class TreeStateTest : public ::testing::Test {
 protected:
  /// A new database on a new disk.
  void begin(uint64_t manifest_size_max = 4 << 20) {
    tree_.reset();
    world_ = std::make_unique<TreeWorld>();
    tree_ = std::make_unique<TreeState>(*world_->directory, *world_->store, world_->new_state());
    tree_->set_manifest_size_max(manifest_size_max);
    const Status begun = tree_->begin_with(tree_->copy());
    ASSERT_TRUE(begun) << begun.to_string();
  }

  TableInfo new_table(const std::string& key) {
    return world_->write_table(tree_->new_file_number(), {put_entry(key, 3)});
  }
  static VersionEdit add(uint32_t level, const TableInfo& info) {
    VersionEdit edit;
    edit.added.push_back({level, info.number, info});
    return edit;
  }
  static VersionEdit remove(uint32_t level, uint64_t number) {
    VersionEdit edit;
    edit.removed.push_back({level, number});
    return edit;
  }
  /// What an open of `disk` would find.
  std::string recovered(SimFileSystem& disk) {
    const auto directory =
        std::move(disk.open_directory(test::kWorldPath, DirectoryMode::kMustExist)).value();
    const auto plain = [](const TableInfo& info) { return std::make_shared<TableHandle>(info); };
    const Result<RecoveredManifest> manifest = recover_manifest(*directory, 4, plain);
    return manifest ? text_of(manifest.value().state) : manifest.status().to_string();
  }
  /// What is there after power is lost now.
  std::string after_crash(CrashPolicy policy = CrashPolicy::kDropAll) {
    const std::unique_ptr<SimFileSystem> clone = world_->disk.crash_clone(1, policy);
    return recovered(*clone);
  }
  static std::string text_of(const ManifestState& state) {
    std::string text;
    for (size_t level = 0; level < state.version->levels.size(); ++level)
      for (const wombat::Run& run : state.version->levels[level].runs)
        for (const TablePtr& table : run.tables)
          text += std::to_string(level) + ":" + std::to_string(table->info.number) + " ";
    for (const auto& [number, size] : state.sealed_logs)
      text += "log" + std::to_string(number) + "=" + std::to_string(size) + " ";
    return text;
  }
  std::string in_force() const { return text_of(tree_->copy()); }
  size_t manifest_count() const {
    size_t count = 0;
    for (const std::string& name : world_->disk.list_files(test::kWorldPath))
      count += name.ends_with(".manifest");
    return count;
  }
  void fail_next(CallKind kind, FaultKind fault, const std::string& ending = ".manifest") {
    world_->files.clear_faults();
    world_->files.add_fault(
        {.call_index = world_->files.call_count() + 1, .only = kind, .name_ending = ending, .fault = fault});
  }

  std::unique_ptr<TreeWorld> world_;
  std::unique_ptr<TreeState> tree_;
};

TEST_F(TreeStateTest, BeginsWithADurableManifest) {
  begin();
  EXPECT_EQ(after_crash(), "");
  EXPECT_EQ(manifest_count(), 1u);
  EXPECT_TRUE(world_->has_file(file_name(FileKind::kManifest, tree_->manifest_number())));
  EXPECT_EQ(tree_->incarnation(), 1u);
  EXPECT_TRUE(tree_->failure());
}

// Readers that saw a memtable beside the table made of it would apply its merges twice.
TEST_F(TreeStateTest, ACountOfFlushesChangesInTheMomentInWhichTheVersionDoes) {
  begin();
  uint64_t flush_count = 0;
  std::atomic<bool> stops{false};
  std::thread reader([&] {
    while (!stops.load()) {
      uint64_t seen = 0;
      const VersionPtr version = tree_->version(kDefaultKeyspace, flush_count, &seen);
      ASSERT_EQ(version->table_count(), seen);
    }
  });
  for (char key = 'a'; key <= 'z'; ++key)
    EXPECT_TRUE(tree_->apply(add(1, new_table(std::string(1, key))), &flush_count));
  stops.store(true);
  reader.join();
  EXPECT_EQ(flush_count, 26u);
}

TEST_F(TreeStateTest, AnEditIsInForceAndDurable) {
  begin();
  const VersionPtr before = tree_->version();
  const TableInfo table = new_table("a");
  ASSERT_TRUE(tree_->apply(add(0, table)));
  const std::string expected = "0:" + std::to_string(table.number) + " ";
  EXPECT_EQ(in_force(), expected);
  EXPECT_EQ(after_crash(), expected);
  EXPECT_EQ(before->table_count(), 0u) << "a version is immutable";
  EXPECT_EQ(tree_->version()->table_count(), 1u);
}

TEST_F(TreeStateTest, NumbersAreNeverHandedOutTwice) {
  begin();
  const uint64_t first = tree_->new_file_number();
  EXPECT_EQ(tree_->new_file_number(), first + 1);
  VersionEdit edit;
  edit.sealed_logs.emplace_back(first, 0);
  ASSERT_TRUE(tree_->apply(edit));
  EXPECT_GE(tree_->copy().next_file_number, first + 2);
}

TEST_F(TreeStateTest, ADroppedTableGoesWhenNobodyReadsIt) {
  begin();
  const TableInfo table = new_table("a");
  ASSERT_TRUE(tree_->apply(add(0, table)));
  VersionPtr reader = tree_->version();
  ASSERT_TRUE(tree_->apply(remove(0, table.number)));
  world_->store->remove_obsolete_files();
  EXPECT_TRUE(world_->has_table(table.number)) << "a reader holds the version";
  reader.reset();
  world_->store->remove_obsolete_files();
  EXPECT_FALSE(world_->has_table(table.number));
  EXPECT_EQ(after_crash(), "");
}

TEST_F(TreeStateTest, AMovedTableStays) {
  begin();
  const TableInfo table = new_table("a");
  ASSERT_TRUE(tree_->apply(add(0, table)));
  VersionEdit edit = remove(0, table.number);
  edit.added = add(1, table).added;
  ASSERT_TRUE(tree_->apply(edit));
  EXPECT_EQ(in_force(), "1:" + std::to_string(table.number) + " ");
  tree_.reset();  // the last who refers to the table
  world_->store->remove_obsolete_files();
  EXPECT_TRUE(world_->has_table(table.number));
}

TEST_F(TreeStateTest, AnEditThatDoesNotFitChangesNothing) {
  begin();
  const TableInfo table = new_table("a");
  ASSERT_TRUE(tree_->apply(add(0, table)));
  EXPECT_EQ(tree_->apply(remove(0, 999)).code(), Code::kCorruption);
  EXPECT_EQ(tree_->apply(add(1, table)).code(), Code::kCorruption) << "it stands in level 0 already";
  const std::string expected = "0:" + std::to_string(table.number) + " ";
  EXPECT_EQ(in_force(), expected);
  EXPECT_EQ(after_crash(), expected);
  EXPECT_TRUE(tree_->failure()) << "the manifest was not touched";
  EXPECT_TRUE(tree_->take_orphans().empty());
}

TEST_F(TreeStateTest, AFullDiskIsOverWithTheNextManifest) {
  begin();
  const TableInfo first = new_table("a");
  ASSERT_TRUE(tree_->apply(add(0, first)));
  const uint64_t manifest = tree_->manifest_number();
  const TableInfo orphan = new_table("b");
  fail_next(CallKind::kAppend, FaultKind::kNoSpace);
  EXPECT_EQ(tree_->apply(add(0, orphan)).code(), Code::kNoSpace);
  const std::string before = "0:" + std::to_string(first.number) + " ";
  EXPECT_EQ(in_force(), before);
  EXPECT_EQ(after_crash(), before);
  EXPECT_TRUE(tree_->failure());
  EXPECT_TRUE(tree_->take_orphans().empty()) << "the old manifest may name it all the same";

  const TableInfo second = new_table("c");
  const Status applied = tree_->apply(add(0, second));
  ASSERT_TRUE(applied) << applied.to_string();
  EXPECT_NE(tree_->manifest_number(), manifest);
  EXPECT_EQ(tree_->take_orphans(), (std::vector<uint64_t>{orphan.number}));
  EXPECT_TRUE(tree_->take_orphans().empty()) << "handed out once";
  EXPECT_EQ(after_crash(), in_force());
  EXPECT_EQ(tree_->version()->table_count(), 2u);
  EXPECT_EQ(manifest_count(), 1u);
}

TEST_F(TreeStateTest, AFullDiskThatStaysFullIsReportedEachTime) {
  begin();
  world_->files.add_fault({.call_index = world_->files.call_count() + 1,
                           .only = CallKind::kAppend,
                           .name_ending = ".manifest",
                           .fault = FaultKind::kNoSpace,
                           .sticky = true});
  for (int i = 0; i < 3; ++i) {
    VersionEdit edit;
    edit.sealed_logs.emplace_back(tree_->new_file_number(), 0);
    EXPECT_EQ(tree_->apply(edit).code(), Code::kNoSpace);
    EXPECT_TRUE(tree_->failure());
  }
  world_->files.clear_faults();
  const TableInfo table = new_table("a");
  ASSERT_TRUE(tree_->apply(add(2, table)));
  EXPECT_EQ(after_crash(), "2:" + std::to_string(table.number) + " ");
}

TEST_F(TreeStateTest, AnyOtherFailureOfTheManifestIsFinal) {
  const std::pair<CallKind, FaultKind> faults[] = {{CallKind::kAppend, FaultKind::kIoError},
                                                   {CallKind::kSync, FaultKind::kIoError},
                                                   {CallKind::kSync, FaultKind::kFailedButTookEffect},
                                                   {CallKind::kSync, FaultKind::kSyncLosesPages}};
  for (const auto& [kind, fault] : faults) {
    SCOPED_TRACE(fault_kind_name(fault));
    begin();
    const TableInfo table = new_table("a");
    fail_next(kind, fault);
    EXPECT_EQ(tree_->apply(add(0, table)).code(), Code::kIoError);
    EXPECT_EQ(tree_->failure().code(), Code::kIoError);
    const TableInfo other = new_table("b");
    EXPECT_EQ(tree_->apply(add(0, other)).code(), Code::kIoError) << "refused until reopened";
    EXPECT_EQ(in_force(), "");
    EXPECT_TRUE(tree_->take_orphans().empty()) << "what the manifest may name stays";
    for (const CrashPolicy policy : kCrashPolicies) {
      const std::string found = after_crash(policy);
      EXPECT_TRUE(found == "" || found == "0:" + std::to_string(table.number) + " ") << found;
    }
  }
}

TEST_F(TreeStateTest, AManifestThatHasGrownIsReplaced) {
  begin(1);
  std::vector<uint64_t> manifests;
  std::string logs;
  for (int i = 0; i < 60; ++i) {
    VersionEdit edit;
    edit.sealed_logs.emplace_back(tree_->new_file_number(), 100);
    logs += "log" + std::to_string(edit.sealed_logs[0].first) + "=100 ";
    ASSERT_TRUE(tree_->apply(edit));
    if (manifests.empty() || manifests.back() != tree_->manifest_number())
      manifests.push_back(tree_->manifest_number());
    ASSERT_EQ(manifest_count(), 1u);
    ASSERT_EQ(after_crash(), logs);
  }
  EXPECT_GE(manifests.size(), 2u);
  EXPECT_TRUE(std::is_sorted(manifests.begin(), manifests.end()));
}

TEST_F(TreeStateTest, AFailureAtAnyCallLeavesTheStateBeforeOrAfter) {
  for (const FaultKind fault : {FaultKind::kNoSpace, FaultKind::kIoError, FaultKind::kFailedButTookEffect}) {
    for (uint64_t i = 1;; ++i) {
      SCOPED_TRACE(std::string(fault_kind_name(fault)) + " at call " + std::to_string(i));
      begin(1);
      const TableInfo table = new_table("a");
      for (int j = 0; j < 20; ++j) {  // until the next change replaces the manifest
        VersionEdit edit;
        edit.last_timestamp = static_cast<Timestamp>(j + 1);
        ASSERT_TRUE(tree_->apply(edit));
      }
      const uint64_t faults_before = world_->files.fault_count();
      world_->files.add_fault({.call_index = world_->files.call_count() + i, .fault = fault});
      const Status applied = tree_->apply(add(0, table));
      const bool has_struck = world_->files.fault_count() != faults_before;
      const std::string after = "0:" + std::to_string(table.number) + " ";
      EXPECT_EQ(in_force(), applied ? after : "");
      const std::string found = after_crash();
      if (applied) {
        EXPECT_EQ(found, after);
      }
      if (!applied) {
        EXPECT_TRUE(found == "" || found == after) << found;
      }
      // Who asks for orphans right now gets none that the durable manifest names.
      for (const uint64_t orphan : tree_->take_orphans()) {
        ASSERT_EQ(found.find(":" + std::to_string(orphan) + " "), std::string::npos);
      }
      if (!has_struck) break;
      world_->files.clear_faults();
    }
  }
}

TEST_F(TreeStateTest, ClosesItsManifestOnce) {
  begin();
  EXPECT_TRUE(tree_->close());
  EXPECT_TRUE(tree_->close());
  TreeState unused(*world_->directory, *world_->store, world_->new_state());
  EXPECT_TRUE(unused.close());
  EXPECT_EQ(unused.manifest_number(), 0u);
}

}  // namespace

}  // namespace wombat
