#include "db/write_ahead_log.h"

#include <thread>

#include "db/log_replay.h"
#include "tree_world.h"

namespace wombat {

namespace {

using test::TreeWorld;

/// A log over a disk that can fail, and what a replay of that disk finds.
class WriteAheadLogTest : public ::testing::Test {
 protected:
  /// A new database on a new disk: a log that is begun and listed.
  void begin() {
    wal_.reset();
    tree_.reset();
    world_ = std::make_unique<TreeWorld>();
    tree_ = std::make_unique<TreeState>(*world_->directory, *world_->store, world_->new_state());
    wal_ =
        std::make_unique<WriteAheadLog>(*world_->directory, *tree_, world_->database_id, world_->statistics);
    first_ = tree_->new_file_number();
    const Status begun = wal_->begin(first_, LogLink());
    ASSERT_TRUE(begun) << begun.to_string();
    ManifestState state = tree_->copy();
    state.sealed_logs.emplace_back(first_, 0);
    ASSERT_TRUE(tree_->begin_with(std::move(state)));
    last_ = 0;
  }

  void add(const std::string& key) {
    WriteBatch batch;
    ASSERT_TRUE(batch.put(key, "v"));
    batch.set_timestamp(++last_);
    wal_->add(batch.record().substr(0, WriteBatch::kHeaderSize),
              batch.record().substr(WriteBatch::kHeaderSize));
  }
  Status append(const std::string& key) {
    add(key);
    return wal_->flush();
  }
  Status append_durably(const std::string& key) {
    add(key);
    return wal_->sync();
  }
  Status rotate() { return wal_->rotate(last_); }

  void fail_next(CallKind kind, FaultKind fault, const std::string& ending = ".log") {
    world_->files.clear_faults();
    world_->files.add_fault(
        {.call_index = world_->files.call_count() + 1, .only = kind, .name_ending = ending, .fault = fault});
  }

  /// The keys that the next open finds on `disk`, or its failure.
  std::string replayed(SimFileSystem& disk) {
    const auto directory =
        std::move(disk.open_directory(test::kWorldPath, DirectoryMode::kMustExist)).value();
    const auto plain = [](const TableInfo& info) { return std::make_shared<TableHandle>(info); };
    const Result<RecoveredManifest> manifest = recover_manifest(*directory, 4, plain);
    if (!manifest) return manifest.status().to_string();
    std::string keys;
    const Result<ReplayResult> result =
        replay_logs(*directory, manifest.value().state, [&](BatchReader& batch) {
          BatchReader::Operation operation;
          while (batch.next(&operation)) keys += operation.key;
          return batch.status();
        });
    return result ? keys : result.status().to_string();
  }
  std::string after_crash(CrashPolicy policy = CrashPolicy::kDropAll, uint64_t seed = 1) {
    const std::unique_ptr<SimFileSystem> clone = world_->disk.crash_clone(seed, policy);
    return replayed(*clone);
  }
  std::vector<std::string> log_files() const {
    std::vector<std::string> names;
    for (const std::string& name : world_->disk.list_files(test::kWorldPath))
      if (name.ends_with(".log")) names.push_back(name);
    return names;
  }
  uint64_t log_syncs() const {
    uint64_t count = 0;
    for (const std::string& call : world_->files.transcript())
      if (call.starts_with("sync ") && call.find(".log") != std::string::npos) ++count;
    return count;
  }

  std::unique_ptr<TreeWorld> world_;
  std::unique_ptr<TreeState> tree_;
  std::unique_ptr<WriteAheadLog> wal_;
  uint64_t first_ = 0;
  Timestamp last_ = 0;
};

TEST_F(WriteAheadLogTest, BeginMakesAFileThatIsDurable) {
  begin();
  EXPECT_EQ(wal_->active_number(), first_);
  EXPECT_EQ(wal_->file_count(), 1u);
  EXPECT_FALSE(wal_->is_broken());
  EXPECT_EQ(after_crash(), "");
  EXPECT_EQ(log_files(), (std::vector<std::string>{file_name(FileKind::kLog, first_)}));
}

TEST_F(WriteAheadLogTest, WhatWasSyncedIsThereAndWhatWasFlushedMayBe) {
  begin();
  ASSERT_TRUE(append_durably("a"));
  ASSERT_TRUE(append("b"));
  EXPECT_EQ(after_crash(CrashPolicy::kDropAll), "a");
  EXPECT_EQ(after_crash(CrashPolicy::kKeepAll), "ab");
  EXPECT_EQ(after_crash(CrashPolicy::kWorstCase), "a");
  ASSERT_TRUE(wal_->sync());
  EXPECT_EQ(after_crash(), "ab");
}

TEST_F(WriteAheadLogTest, SeveralRecordsGoOutTogether) {
  begin();
  world_->files.enable_transcript();
  for (const char* const key : {"a", "b", "c"}) add(key);
  ASSERT_TRUE(wal_->sync());
  size_t appends = 0;
  for (const std::string& call : world_->files.transcript()) appends += call.starts_with("append ");
  EXPECT_EQ(appends, 1u);
  EXPECT_EQ(after_crash(), "abc");
}

TEST_F(WriteAheadLogTest, CountsTheBytesOfItsRecords) {
  begin();
  EXPECT_EQ(wal_->logged_bytes(), 0u);
  const uint64_t before = wal_->active_size();
  ASSERT_TRUE(append("a"));
  const uint64_t one = wal_->active_size() - before;
  EXPECT_EQ(wal_->logged_bytes(), one);
  ASSERT_TRUE(rotate());
  ASSERT_TRUE(append("b"));
  EXPECT_EQ(wal_->logged_bytes(), 2 * one);
}

TEST_F(WriteAheadLogTest, RotationGoesOnInANewFile) {
  begin();
  ASSERT_TRUE(append_durably("a"));
  ASSERT_TRUE(rotate());
  EXPECT_GT(wal_->active_number(), first_);
  EXPECT_EQ(wal_->file_count(), 2u);
  ASSERT_TRUE(append("b"));
  EXPECT_EQ(after_crash(CrashPolicy::kKeepAll), "ab");
  EXPECT_EQ(after_crash(CrashPolicy::kDropAll), "a");
}

TEST_F(WriteAheadLogTest, NothingInALogIsDurableBeforeTheOlderOnesAre) {
  begin();
  ASSERT_TRUE(append("a"));
  ASSERT_TRUE(rotate());
  ASSERT_TRUE(append("b"));
  ASSERT_TRUE(rotate());
  ASSERT_TRUE(append_durably("c"));
  for (const CrashPolicy policy : kCrashPolicies)
    EXPECT_EQ(after_crash(policy), "abc") << crash_policy_name(policy);
}

TEST_F(WriteAheadLogTest, ACrashAtAnyMomentLeavesAPrefixWithAllThatWasAcknowledged) {
  begin();
  std::string acknowledged;
  const std::string all = "abcdefghij";
  world_->files.set_crash_hook([&](uint64_t call) {
    for (uint64_t seed = 0; seed < 5; ++seed) {
      const std::string found = after_crash(seed == 0 ? CrashPolicy::kDropAll : CrashPolicy::kRandom, seed);
      EXPECT_EQ(found, all.substr(0, found.size())) << "call " << call << " seed " << seed;
      EXPECT_GE(found.size(), acknowledged.size()) << "call " << call << " seed " << seed;
    }
  });
  for (const char key : all) {
    if (key == 'd') {
      ASSERT_TRUE(wal_->prepare_spare());
    }
    if (key == 'g') {
      ASSERT_TRUE(wal_->seal_older());
    }
    if (key == 'c' || key == 'e' || key == 'f' || key == 'i') {
      ASSERT_TRUE(rotate());
    }
    const bool is_durable = key == 'b' || key == 'f' || key == 'j';
    ASSERT_TRUE(is_durable ? append_durably(std::string(1, key)) : append(std::string(1, key)));
    if (is_durable) acknowledged = all.substr(0, static_cast<size_t>(key - 'a') + 1);
  }
  world_->files.set_crash_hook({});
}

TEST_F(WriteAheadLogTest, ASpareMakesRotationOneWrite) {
  begin();
  ASSERT_TRUE(wal_->prepare_spare());
  ASSERT_TRUE(wal_->prepare_spare()) << "one is enough";
  ASSERT_EQ(log_files().size(), 2u);
  ASSERT_TRUE(append("a"));
  const uint64_t before = world_->files.call_count();
  ASSERT_TRUE(rotate());
  EXPECT_EQ(world_->files.call_count() - before, 1u);
  ASSERT_TRUE(append("b"));
  EXPECT_EQ(after_crash(CrashPolicy::kKeepAll), "ab");
}

TEST_F(WriteAheadLogTest, ASpareThatWasNeverUsedIsNoPartOfTheHistory) {
  begin();
  ASSERT_TRUE(append_durably("a"));
  ASSERT_TRUE(wal_->prepare_spare());
  ASSERT_TRUE(append_durably("b"));
  EXPECT_EQ(after_crash(), "ab");
}

TEST_F(WriteAheadLogTest, ASpareThatCannotBeMadeIsTriedAgain) {
  begin();
  fail_next(CallKind::kCreate, FaultKind::kNoSpace);
  EXPECT_EQ(wal_->prepare_spare().code(), Code::kNoSpace);
  ASSERT_TRUE(append_durably("a"));
  ASSERT_TRUE(wal_->prepare_spare());
  ASSERT_TRUE(rotate());
  ASSERT_TRUE(append_durably("b"));
  EXPECT_EQ(after_crash(), "ab");
}

TEST_F(WriteAheadLogTest, SealingMakesOlderLogsDurableAndNotTheActiveOne) {
  begin();
  ASSERT_TRUE(append("a"));
  ASSERT_TRUE(rotate());
  ASSERT_TRUE(append("b"));
  EXPECT_EQ(after_crash(), "");
  ASSERT_TRUE(wal_->seal_older());
  EXPECT_EQ(after_crash(), "a");
  world_->files.enable_transcript();
  ASSERT_TRUE(wal_->seal_older());
  EXPECT_TRUE(world_->files.transcript().empty()) << "nothing is left to do";
  ASSERT_TRUE(wal_->sync());
  EXPECT_EQ(log_syncs(), 1u);
  EXPECT_EQ(after_crash(), "ab");
}

TEST_F(WriteAheadLogTest, AFailedSealIsFinal) {
  begin();
  ASSERT_TRUE(append("a"));
  ASSERT_TRUE(rotate());
  fail_next(CallKind::kSync, FaultKind::kSyncLosesPages);
  EXPECT_EQ(wal_->seal_older().code(), Code::kIoError);
  world_->files.clear_faults();
  EXPECT_EQ(wal_->seal_older().code(), Code::kIoError) << "a sync is never retried";
  EXPECT_EQ(append_durably("b").code(), Code::kIoError) << "nothing may be acknowledged behind it";
  uint64_t number = 0;
  uint64_t size = 0;
  EXPECT_EQ(wal_->close(&number, &size).code(), Code::kIoError);
  EXPECT_EQ(number, 0u);
}

TEST_F(WriteAheadLogTest, AFailedCloseOfAnOlderLogIsFinalToo) {
  begin();
  ASSERT_TRUE(append("a"));
  ASSERT_TRUE(rotate());
  fail_next(CallKind::kClose, FaultKind::kIoError);
  EXPECT_EQ(wal_->seal_older().code(), Code::kIoError);
  world_->files.clear_faults();
  EXPECT_EQ(wal_->seal_older().code(), Code::kIoError);
}

TEST_F(WriteAheadLogTest, AfterAFailedAppendANewLogSaysWhereTheOldOneEnds) {
  for (const FaultKind fault :
       {FaultKind::kNoSpace, FaultKind::kIoError, FaultKind::kShortWrite, FaultKind::kFailedButTookEffect}) {
    SCOPED_TRACE(fault_kind_name(fault));
    begin();
    ASSERT_TRUE(append("a"));
    const uint64_t good = wal_->active_size();
    const uint64_t logged = wal_->logged_bytes();
    fail_next(CallKind::kAppend, fault);
    EXPECT_FALSE(append("x"));
    EXPECT_TRUE(wal_->is_broken());
    EXPECT_EQ(wal_->active_size(), good);
    EXPECT_EQ(wal_->logged_bytes(), logged);
    EXPECT_FALSE(append("y")) << "the log accepts nothing more";
    EXPECT_FALSE(wal_->sync());
    ASSERT_TRUE(rotate());
    EXPECT_FALSE(wal_->is_broken());
    ASSERT_TRUE(append("b"));
    EXPECT_EQ(after_crash(CrashPolicy::kKeepAll), "ab");
    ASSERT_TRUE(wal_->sync()) << "the good part of the broken log can be made durable";
    for (uint64_t seed = 0; seed < 10; ++seed)
      ASSERT_EQ(after_crash(CrashPolicy::kRandom, seed), "ab") << seed;
  }
}

TEST_F(WriteAheadLogTest, ARotationThatFailsLeavesTheOldLogActive) {
  for (const bool has_spare : {false, true}) {
    for (uint64_t i = 1;; ++i) {
      SCOPED_TRACE((has_spare ? "spare, call " : "no spare, call ") + std::to_string(i));
      begin();
      if (has_spare) {
        ASSERT_TRUE(wal_->prepare_spare());
      }
      ASSERT_TRUE(append_durably("a"));
      world_->files.add_fault({.call_index = world_->files.call_count() + i, .fault = FaultKind::kNoSpace});
      const uint64_t faults = world_->files.fault_count();
      const Status rotated = rotate();
      const bool has_struck = world_->files.fault_count() != faults;
      world_->files.clear_faults();
      EXPECT_TRUE(rotated || has_struck) << rotated.to_string();
      EXPECT_EQ(wal_->active_number() == first_, !rotated);
      ASSERT_TRUE(append_durably("b"));
      EXPECT_EQ(after_crash(), "ab");
      // A fault that the manifest kept to itself (see Manifest::append) is told by the next edit.
      if (tree_->failure()) {
        ASSERT_TRUE(rotate().is_ok() || rotate().is_ok());
        ASSERT_TRUE(append_durably("c"));
        EXPECT_EQ(after_crash(), "abc");
      }
      if (!has_struck) break;
    }
  }
}

TEST_F(WriteAheadLogTest, AFailedSyncIsFinal) {
  for (const FaultKind fault : {FaultKind::kIoError, FaultKind::kNoSpace, FaultKind::kSyncLosesPages}) {
    SCOPED_TRACE(fault_kind_name(fault));
    begin();
    ASSERT_TRUE(append_durably("a"));
    world_->files.enable_transcript();
    fail_next(CallKind::kSync, fault);
    EXPECT_FALSE(append_durably("b"));
    world_->files.clear_faults();
    EXPECT_FALSE(wal_->sync());
    EXPECT_FALSE(append_durably("c"));
    EXPECT_EQ(log_syncs(), 1u) << "never retried";
    uint64_t number = 7;
    uint64_t size = 0;
    EXPECT_FALSE(wal_->close(&number, &size));
    EXPECT_EQ(number, 0u) << "the manifest must not call this log whole";
    const std::string found = after_crash(CrashPolicy::kKeepAll);
    EXPECT_TRUE(found == "a" || found == "ab") << found;
    EXPECT_EQ(after_crash(), "a");
  }
}

TEST_F(WriteAheadLogTest, AMarkMakesDamageToTheLastCommitVisible) {
  begin();
  ASSERT_TRUE(append("a"));
  const uint64_t start = wal_->active_size();
  ASSERT_TRUE(append_durably("b"));
  const std::string name = file_name(FileKind::kLog, first_);
  const auto damage = [&] {
    ASSERT_TRUE(world_->disk.corrupt(test::kWorldPath, name, start + 30,
                                     [](std::string* content, uint64_t at) { (*content)[at] ^= 1; }));
  };
  damage();
  EXPECT_EQ(after_crash(CrashPolicy::kKeepAll), "a");
  damage();
  wal_->mark_synced();
  EXPECT_EQ(after_crash(CrashPolicy::kKeepAll), "ab");
  damage();
  EXPECT_TRUE(after_crash(CrashPolicy::kKeepAll).starts_with("CORRUPTION: " + name));
}

TEST_F(WriteAheadLogTest, AMarkThatFindsNoSpaceBreaksTheLogAndNoSync) {
  begin();
  ASSERT_TRUE(append_durably("a"));
  fail_next(CallKind::kAppend, FaultKind::kNoSpace);
  wal_->mark_synced();
  EXPECT_TRUE(wal_->is_broken());
  ASSERT_TRUE(rotate());
  EXPECT_TRUE(wal_->sync());
  ASSERT_TRUE(append_durably("b"));
  EXPECT_EQ(after_crash(), "ab");
}

TEST_F(WriteAheadLogTest, FilesBelowANumberAreHandedOutOnce) {
  begin();
  wal_->add_old_file(0);  // of an earlier process
  ASSERT_TRUE(append("a"));
  ASSERT_TRUE(rotate());
  const uint64_t second = wal_->active_number();
  ASSERT_TRUE(append("b"));
  ASSERT_TRUE(rotate());
  EXPECT_EQ(wal_->file_count(), 4u);
  EXPECT_EQ(wal_->take_files_below(second), (std::vector<uint64_t>{0, first_}));
  EXPECT_TRUE(wal_->take_files_below(second).empty());
  EXPECT_EQ(wal_->file_count(), 2u);
  EXPECT_EQ(wal_->take_files_below(UINT64_MAX), (std::vector<uint64_t>{second})) << "never the active one";
  EXPECT_EQ(wal_->file_count(), 1u);
}

TEST_F(WriteAheadLogTest, CloseSyncsAndTellsNumberAndSize) {
  begin();
  ASSERT_TRUE(append("a"));
  ASSERT_TRUE(rotate());
  ASSERT_TRUE(append("b"));
  const uint64_t expected_size = wal_->active_size();
  const uint64_t expected_number = wal_->active_number();
  uint64_t number = 0;
  uint64_t size = 0;
  const Status closed = wal_->close(&number, &size);
  ASSERT_TRUE(closed) << closed.to_string();
  EXPECT_EQ(number, expected_number);
  EXPECT_EQ(size, expected_size);
  EXPECT_EQ(world_->disk.read_file(test::kWorldPath, file_name(FileKind::kLog, number))->size(), size)
      << "nothing but records is left in a closed log";
  EXPECT_EQ(after_crash(), "ab");
}

TEST_F(WriteAheadLogTest, ABrokenLogIsNotToldToBeWhole) {
  begin();
  ASSERT_TRUE(append("a"));
  fail_next(CallKind::kAppend, FaultKind::kShortWrite);
  EXPECT_FALSE(append("b"));
  uint64_t number = 7;
  uint64_t size = 0;
  const Status closed = wal_->close(&number, &size);
  EXPECT_TRUE(closed) << closed.to_string();
  EXPECT_EQ(number, 0u);
  EXPECT_EQ(after_crash(), "a") << "what was good is durable";
}

TEST_F(WriteAheadLogTest, CloseReportsAFailedSync) {
  begin();
  ASSERT_TRUE(append("a"));
  fail_next(CallKind::kSync, FaultKind::kIoError);
  uint64_t number = 7;
  uint64_t size = 0;
  EXPECT_EQ(wal_->close(&number, &size).code(), Code::kIoError);
  EXPECT_EQ(number, 0u);
}

TEST_F(WriteAheadLogTest, ALogThatWasNeverBegunCloses) {
  begin();
  WriteAheadLog unused(*world_->directory, *tree_, world_->database_id, world_->statistics);
  uint64_t number = 7;
  uint64_t size = 0;
  EXPECT_TRUE(unused.close(&number, &size));
  EXPECT_EQ(number, 0u);
}

TEST_F(WriteAheadLogTest, SparesAndSealsComeFromAnotherThread) {
  begin();
  std::atomic<bool> is_done{false};
  std::thread helper([&] {
    while (!is_done.load()) {
      EXPECT_TRUE(wal_->prepare_spare());
      EXPECT_TRUE(wal_->seal_older());
      static_cast<void>(wal_->file_count());
      std::this_thread::yield();
    }
  });
  std::string all;
  for (int i = 0; i < 60; ++i) {
    const std::string key(1, static_cast<char>('A' + i));
    if (i % 3 == 0) {
      EXPECT_TRUE(rotate());
    }
    EXPECT_TRUE(i % 7 == 0 ? append_durably(key) : append(key));
    all += key;
  }
  EXPECT_TRUE(wal_->sync());
  is_done.store(true);
  helper.join();
  EXPECT_EQ(after_crash(), all);
}

}  // namespace

}  // namespace wombat
