/// What the sweeps found once, by name.
#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "crash/session.h"
#include "db/tree_state.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

class FaultRegressionTest : public ::testing::Test {
 protected:
  FaultRegressionTest()
      : file_system_(&disk_), session_(&file_system_, &history_, &clock_, Session::Expects::kFaults) {}

  /// From now on calls of this kind on such files fail.
  void fail(CallKind kind, const std::string& name_ending, FaultKind fault = FaultKind::kIoError) {
    FaultPlan plan;
    plan.only = kind;
    plan.name_ending = name_ending;
    plan.fault = fault;
    plan.sticky = true;
    file_system_.add_fault(plan);
  }

  SimFileSystem disk_;
  FaultFileSystem file_system_;
  CommitHistory history_;
  TestClock clock_;
  Session session_;
};

TEST_F(FaultRegressionTest, CloseOfADegradedDatabaseReportsWhy) {
  session_.open("wal.sync=os");
  session_.put("acknowledged", "but not durable");
  fail(CallKind::kSync, ".log");
  EXPECT_EQ(session_.db()->sync().code(), Code::kIoError);
  file_system_.clear_faults();
  EXPECT_EQ(session_.db()->close().code(), Code::kIoError);
  EXPECT_EQ(session_.db()->close().code(), Code::kIoError) << "it says so again";
}

/// It makes durable what other keyspaces have in the log, and says when it cannot.
TEST_F(FaultRegressionTest, ACompactionOfARangeBeginsWithASync) {
  session_.open("wal.sync=os");
  session_.create_keyspace("a");
  session_.put("#a/acknowledged", "but not durable");
  const auto compact = [&](const TaskControl& control) {
    return session_.db()->compact_range(nullptr, nullptr, control).code();
  };
  fail(CallKind::kSync, ".log");
  const auto cancel = std::make_shared<CancelToken>();
  cancel->cancel();
  TaskControl cancelled;
  cancelled.cancel = cancel;
  EXPECT_EQ(compact(cancelled), Code::kCancelled);
  TaskControl late;
  clock_.advance(1'000);
  late.deadline.at_us = 1;
  EXPECT_EQ(compact(late), Code::kTimedOut);
  EXPECT_EQ(compact({}), Code::kIoError) << "nothing was synced before";
  file_system_.clear_faults();
  EXPECT_EQ(compact({}), Code::kDegraded);
  session_.close();
  session_.open("wal.sync=os");
  EXPECT_EQ(compact({}), Code::kOk);
  session_.close();
  session_.open("open.read_only=true");
  EXPECT_EQ(compact({}), Code::kReadOnly);
  EXPECT_TRUE(session_.problems().empty()) << session_.problems().front();
}

TEST_F(FaultRegressionTest, AManifestThatFailsWhileALogIsListedDegradesTheDatabase) {
  session_.open("num_memtables=4");
  session_.put("a", "1");
  fail(CallKind::kSync, ".manifest");
  EXPECT_FALSE(session_.db()->flush({}).is_ok());  // needs a new log, which the manifest lists
  file_system_.clear_faults();
  EXPECT_EQ(session_.db()->flush({}).code(), Code::kDegraded);
  EXPECT_EQ(session_.try_put("b", "2").code(), Code::kDegraded);
  session_.check_reads();
  EXPECT_TRUE(session_.problems().empty()) << session_.problems().front();
}

TEST_F(FaultRegressionTest, AFailedSyncOfTheDirectoryDegradesTheDatabase) {
  session_.open();
  session_.put("a", "1");
  fail(CallKind::kDirectorySync, "", FaultKind::kSyncLosesPages);
  EXPECT_FALSE(session_.db()->flush({}).is_ok());
  file_system_.clear_faults();
  EXPECT_EQ(session_.try_put("b", "2").code(), Code::kDegraded);
  session_.check_reads();
  EXPECT_TRUE(session_.problems().empty()) << session_.problems().front();
}

/// Remembers which logs are open when they are removed.
class RemovedLogs : public CallObserver {
 public:
  void after_call(const FileCall& call, const Status&) override {
    if (!call.name.ends_with(".log")) return;
    if (call.kind == CallKind::kCreate) open_.insert(call.name);
    if (call.kind == CallKind::kClose) open_.erase(call.name);
    if (call.kind == CallKind::kRemove && open_.count(call.name) != 0) removed_open_ = true;
    if (call.kind == CallKind::kRemove) ++removed_count_;
  }
  bool removed_open() const { return removed_open_; }
  int removed_count() const { return removed_count_; }

 private:
  std::set<std::string> open_;
  std::atomic<bool> removed_open_{false};
  std::atomic<int> removed_count_{0};
};

TEST_F(FaultRegressionTest, NoLogIsRemovedBeforeItWasSealed) {
  RemovedLogs logs;
  file_system_.add_observer(&logs);
  session_.open("wal.sync=os");
  for (int i = 0; i < 200; ++i) {
    session_.put("key", std::to_string(i));
    session_.flush();
  }
  session_.close();
  EXPECT_FALSE(logs.removed_open());
  EXPECT_GT(logs.removed_count(), 100);
}

TEST_F(FaultRegressionTest, TablesOfAFailedEditStayUntilAnotherManifestIsInForce) {
  Result<std::unique_ptr<Directory>> directory =
      file_system_.open_directory(kDatabasePath, DirectoryMode::kCreateIfMissing);
  DescriptorCache descriptors(*directory.value(), 8);
  TableStore tables(*directory.value(), descriptors, DatabaseId{}, {});
  ManifestState state;
  state.comparator = "bytewise";
  state.version = std::make_shared<Version>(2);
  state.next_file_number = 10;
  TreeState tree(*directory.value(), tables, state);
  ASSERT_TRUE(tree.begin_with(state).is_ok());

  const auto edit_with_table = [](uint64_t number) {
    TableInfo table;
    table.number = number;
    table.file_size = 1000;
    table.entry_count = 1;
    table.smallest_key = table.largest_key = "key";
    VersionEdit edit;
    edit.added.push_back({0, number, table});
    return edit;
  };
  fail(CallKind::kAppend, ".manifest", FaultKind::kNoSpace);
  EXPECT_EQ(tree.apply(edit_with_table(5)).code(), Code::kNoSpace);
  file_system_.clear_faults();
  EXPECT_TRUE(tree.take_orphans().empty()) << "the failed manifest is still in force and may name it";
  ASSERT_TRUE(tree.apply(edit_with_table(6)).is_ok());
  EXPECT_EQ(tree.take_orphans(), std::vector<uint64_t>{5});
  EXPECT_TRUE(tree.take_orphans().empty());
}

/// Writers share syncs, wait for each other and lead in each other's place: whoever was told "durable" finds the row
/// after a loss of power, and nobody is told so after a sync that failed.
TEST_F(FaultRegressionTest, AFailedSyncIsNobodysSuccess) {
  constexpr size_t kThreads = 6;
  session_.open("wal.sync=always\nmemtable.size=64MiB");
  std::array<std::atomic<int>, kThreads> acknowledged{};
  std::array<Code, kThreads> outcomes{};
  std::atomic<int> total{0};
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (;;) {
        const std::string key = std::to_string(t) + "-" + std::to_string(acknowledged[t]);
        const SingleWrite row(Kind::kPut, key, "v");
        WriteRequest request;
        request.record = row.record();
        const Status written = session_.db()->write(request);
        if (!written) {
          outcomes[t] = written.code();
          return;
        }
        ++acknowledged[t];
        if (++total == 300) fail(CallKind::kSync, ".log");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  bool has_failed = false;
  for (const Code outcome : outcomes) {
    has_failed |= outcome == Code::kIoError;
    EXPECT_TRUE(outcome == Code::kIoError || outcome == Code::kDegraded) << static_cast<int>(outcome);
  }
  EXPECT_TRUE(has_failed);

  const std::unique_ptr<SimFileSystem> after = disk_.crash_clone(1, CrashPolicy::kDropAll);
  Environment environment;
  environment.file_system = after.get();
  environment.clock = &clock_;
  Result<std::shared_ptr<Db>> opened = Db::open(kDatabasePath, tiny_options(), environment);
  ASSERT_TRUE(opened.status()) << opened.status().to_string();
  const Result<ModelRows> rows = read_rows(opened.value());
  ASSERT_TRUE(rows.status());
  for (size_t t = 0; t < kThreads; ++t) {
    for (int i = 0; i < acknowledged[t]; ++i)
      EXPECT_EQ(rows.value().count(std::to_string(t) + "-" + std::to_string(i)), 1u) << t << "-" << i;
  }
  EXPECT_TRUE(opened.value()->close());
}

/// What a failed sync left in the cache of the file system may never become durable, whoever syncs again: neither bytes of a
/// value file nor its name.
class LostSyncTest : public FaultRegressionTest {
 protected:
  /// A value whose sync fails; then the process ends, another one opens the database, and power is lost.
  void lose_sync(CallKind kind, const std::string& name_ending, FaultKind fault, const std::string& options) {
    session_.open(options);
    session_.put("durable", session_.next_value(100), SyncChoice::kAlways);
    if (kind == CallKind::kDirectorySync) {  // the next value needs a file of its own
      session_.close();
      session_.open(options);
    }
    session_.put("acknowledged", session_.next_value(100));
    fail(kind, name_ending, fault);
    EXPECT_FALSE(session_.db()->sync());
    file_system_.clear_faults();
    session_.put("refused", session_.next_value(100));
    session_.close();

    session_.open(options);
    session_.check_reads();
    EXPECT_TRUE(session_.db()->sync());
    const std::unique_ptr<SimFileSystem> after = disk_.crash_clone(1, CrashPolicy::kDropAll);
    Environment environment;
    environment.file_system = after.get();
    environment.clock = &clock_;
    const Result<std::shared_ptr<Db>> opened = Db::open(kDatabasePath, tiny_options(options), environment);
    ASSERT_TRUE(opened.status()) << opened.status().to_string();
    const Result<ModelRows> rows = read_rows(opened.value());
    ASSERT_TRUE(rows.status()) << rows.status().to_string();
    EXPECT_EQ(describe_difference(history_.visible_rows(), rows.value()), "");
    EXPECT_EQ(rows.value().count("acknowledged"), 1u);
    EXPECT_TRUE(opened.value()->close());
    EXPECT_TRUE(session_.problems().empty()) << session_.problems().front();
  }
};

// Memtables that nothing flushes, which would sync values.
constexpr char kValuesAtHome[] = "wal.sync=os; memtable.size=1MiB; value_log.threshold=40";
constexpr char kValuesBeside[] =
    "wal.sync=os; memtable.size=1MiB; value_log.threshold=40; value_log.directory=/values";

TEST_F(LostSyncTest, ANameThatWasLostIsNotTrusted) {
  lose_sync(CallKind::kDirectorySync, "", FaultKind::kSyncLosesPages, kValuesAtHome);
}
TEST_F(LostSyncTest, ANameThatWasLostBesideIsNotTrusted) {
  lose_sync(CallKind::kDirectorySync, "", FaultKind::kSyncLosesPages, kValuesBeside);
}
/// Nor are those that nobody has synced since.
TEST_F(LostSyncTest, ANameThatWasNotSyncedBesideIsNotTrusted) {
  lose_sync(CallKind::kDirectorySync, "", FaultKind::kIoError, kValuesBeside);
}
TEST_F(LostSyncTest, BytesThatWereLostAreNotTrusted) {
  lose_sync(CallKind::kSync, ".values", FaultKind::kSyncLosesPages, kValuesAtHome);
}
TEST_F(LostSyncTest, BytesThatWereLostBesideAreNotTrusted) {
  lose_sync(CallKind::kSync, ".values", FaultKind::kSyncLosesPages, kValuesBeside);
}

TEST_F(FaultRegressionTest, ValuesThatAreKnownToBeDurableAreNotWrittenAgain) {
  session_.open(kValuesAtHome);
  session_.fill("durable", 10, 500);
  session_.sync();
  session_.fill("unsure", 3, 500);
  const std::unique_ptr<SimFileSystem> after = disk_.crash_clone(1, CrashPolicy::kKeepAll);
  Environment environment;
  environment.file_system = after.get();
  environment.clock = &clock_;
  const Result<std::shared_ptr<Db>> opened =
      Db::open(kDatabasePath, tiny_options(kValuesAtHome), environment);
  ASSERT_TRUE(opened.status()) << opened.status().to_string();
  EXPECT_EQ(opened.value()->statistics().total(Counter::kValueMovedBytes), 3 * 500u);
  const Result<ModelRows> rows = read_rows(opened.value());
  ASSERT_TRUE(rows.status()) << rows.status().to_string();
  EXPECT_EQ(describe_difference(history_.visible_rows(), rows.value()), "");
  EXPECT_TRUE(opened.value()->close());
}

}  // namespace
}  // namespace wombat
