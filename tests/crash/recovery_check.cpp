#include "crash/recovery_check.h"

#include <mutex>
#include <vector>

#include "crash/keyspace_rows.h"
#include "crash/session.h"
#include "db/destroy.h"
#include "support/ordering_checker.h"

namespace wombat {

namespace {

/// Recovery does not depend on the options that wrote the database.
constexpr const char* kOptionVariants[] = {
    "", "open.verify_tables=true", "memtable.size=1MiB; num_memtables=4",
    "wal.sync=os; compaction.min_compaction_files=100; compaction.stall_sstables=1000",
    "value_log.directory=/values; cold.directory=/cold; cold.level=1"};
constexpr size_t kNestedImagesMax = 6;

std::string describe_directory(const SimFileSystem& disk, const char* path) {
  std::string text;
  for (const std::string& name : disk.list_files(path)) {
    const std::string content = disk.read_file(path, name).value_or("");
    text += name + ":" + std::to_string(content.size()) + ":" +
            std::to_string(std::hash<std::string>()(content)) + " ";
  }
  return text;
}

std::string describe_disk(const SimFileSystem& disk) {
  std::string text = describe_directory(disk, kDatabasePath);
  for (const char* const path : kSidePaths) text += std::string("\n") + describe_directory(disk, path);
  return text;
}

class Recovery {
 public:
  Recovery(std::unique_ptr<SimFileSystem> disk, const RecoveryPlan& plan, std::atomic<uint64_t>* state_count)
      : plan_(plan),
        state_count_(state_count),
        random_(plan.seed),
        disk_(std::move(disk)),
        faults_(disk_.get()),
        checker_({.has_concurrent_jobs = true, .homes = side_homes()}) {
    faults_.add_observer(&checker_);
    clock_.set_ticks(plan.now);
  }

  Status run() {
    state_count_->fetch_add(1);
    WOMBAT_TRY(open_read_only());
    collect_nested_images();
    Status opened = open(&db_, kOptionVariants[random_.below(std::size(kOptionVariants))]);
    faults_.set_crash_hook({});
    if (plan_.may_be_destroyed && opened.code() == Code::kMissingFile) return destroy_and_create();
    WOMBAT_TRY(opened.with_context("open"));
    WOMBAT_TRY(check_rows());
    WOMBAT_TRY(check_later());
    WOMBAT_TRY(check_life());
    for (const std::string& violation : checker_.violations())
      return Status::internal("order of calls in recovery: " + violation);
    return check_nested();
  }

 private:
  Status open(std::shared_ptr<Db>* db, const std::string& options) {
    Environment environment;
    environment.file_system = &faults_;
    environment.clock = &clock_;
    WOMBAT_ASSIGN(*db, Db::open(kDatabasePath, tiny_options(options), environment));
    return Status::ok();
  }

  /// Sees the same and changes nothing.
  Status open_read_only() {
    if (!random_.one_in(4)) return Status::ok();
    const Result<std::unique_ptr<Directory>> directory =
        disk_->open_directory(kDatabasePath, DirectoryMode::kMustExist);
    if (!directory || !directory.value()->file_size("CURRENT")) return Status::ok();
    const std::string before = describe_disk(*disk_);
    std::shared_ptr<Db> db;
    const Status opened = open(&db, "open.read_only=true");
    if (!opened) return opened.with_context("open read-only");
    WOMBAT_ASSIGN(read_only_rows_, read_rows(db));
    WOMBAT_TRY(db->close().with_context("close read-only"));
    db.reset();
    return before == describe_disk(*disk_) ? Status::ok()
                                           : Status::internal("a read-only open changed files");
  }

  void collect_nested_images() {
    if (plan_.nested_crash_depth == 0) return;
    faults_.set_crash_hook([this](uint64_t) {
      // A sample in which each call is equally likely.
      std::lock_guard lock(mutex_);
      ++nested_seen_;
      size_t place = nested_.size();
      if (place == kNestedImagesMax) place = random_.below(nested_seen_);
      if (place >= kNestedImagesMax) return;
      const CrashPolicy policy = kCrashPolicies[random_.below(std::size(kCrashPolicies))];
      if (place == nested_.size()) nested_.emplace_back();
      nested_[place] = disk_->crash_clone(random_.next(), policy);
    });
  }

  Status check_rows() {
    WOMBAT_ASSIGN(rows_, read_rows(db_));
    is_gone_ = plan_.may_be_destroyed && rows_.empty();
    if (!is_gone_) {
      if (const auto wrong = plan_.check(rows_, plan_.now)) return Status::internal(*wrong);
    }
    if (read_only_rows_ && *read_only_rows_ != rows_) {
      return Status::internal("a read-only open saw other rows: " +
                              describe_difference(rows_, *read_only_rows_));
    }
    return db_->verify({}).with_context("verify");
  }

  /// What expires does, and nothing else.
  Status check_later() {
    later_rows_ = rows_;
    if (plan_.may_be_destroyed || !random_.one_in(3)) return Status::ok();
    const uint64_t later = plan_.now + 1 + random_.below(4);
    clock_.set_ticks(later);
    if (random_.one_in(4))
      WOMBAT_TRY(db_->compact_range(nullptr, nullptr, {}).with_context("compaction after a while"));
    WOMBAT_ASSIGN(later_rows_, read_rows(db_));
    const auto wrong = plan_.check(later_rows_, later);
    return wrong ? Status::internal("after a while: " + *wrong) : Status::ok();
  }

  /// Prepared transactions are still what they were.
  Status decide_prepared(ModelRows* expected) {
    for (const std::string& name : db_->prepared_names()) {
      if (random_.one_in(3)) continue;
      const bool commits = random_.one_in(2);
      WOMBAT_TRY(db_->decide_prepared(name, commits, nullptr).with_context("deciding " + name));
      std::vector<ModelOperation> contents = contents_of(*expected);
      contents.push_back(ModelOperation::erase(prepared_row(name)));
      for (ModelOperation& operation : operations_of_prepared(name, clock_.ticks()))
        if (commits) contents.push_back(std::move(operation));
      *expected = rows_of(contents);
    }
    return Status::ok();
  }

  /// It can be written to, closed and opened again.
  Status check_life() {
    ModelRows expected = later_rows_;
    WOMBAT_TRY(decide_prepared(&expected));
    const std::string key = "written after recovery";
    WriteBatch batch;
    WOMBAT_TRY(batch.put(key, std::to_string(plan_.seed)));
    WriteRequest request;
    request.record = batch.record();
    request.sync = random_.one_in(2) ? SyncChoice::kAlways : SyncChoice::kDefault;
    WOMBAT_TRY(db_->write(request).with_context("write after recovery"));
    expected[key] = std::to_string(plan_.seed);
    if (random_.one_in(8)) WOMBAT_TRY(db_->flush({}).with_context("flush after recovery"));
    if (random_.one_in(16))
      WOMBAT_TRY(db_->compact_range(nullptr, nullptr, {}).with_context("compaction after recovery"));
    WOMBAT_TRY(compare(db_, expected).with_context("after a write"));
    WOMBAT_TRY(db_->close().with_context("close after recovery"));
    db_.reset();
    if (!random_.one_in(3)) return Status::ok();
    WOMBAT_TRY(open(&db_, "").with_context("second open"));
    WOMBAT_TRY(compare(db_, expected).with_context("after the second open"));
    WOMBAT_TRY(db_->verify({}).with_context("verify after the second open"));
    WOMBAT_TRY(db_->close().with_context("second close"));
    db_.reset();
    return Status::ok();
  }

  static Status compare(const std::shared_ptr<Db>& db, const ModelRows& expected) {
    WOMBAT_ASSIGN(const ModelRows rows, read_rows(db));
    const std::string difference = describe_difference(expected, rows);
    return difference.empty() ? Status::ok() : Status::internal(difference);
  }

  Status destroy_and_create() {
    WOMBAT_TRY(destroy_database(faults_, kDatabasePath).with_context("the second attempt to destroy"));
    WOMBAT_TRY(open(&db_, "").with_context("open after destroy"));
    WOMBAT_TRY(compare(db_, {}).with_context("after destroy"));
    return db_->close();
  }

  Status check_nested() {
    for (std::unique_ptr<SimFileSystem>& image : nested_) {
      RecoveryPlan plan;
      plan.check = [this](const ModelRows& rows, uint64_t now) -> std::optional<std::string> {
        if (now != plan_.now && !is_gone_) return plan_.check(rows, now);
        if (rows == rows_) return std::nullopt;
        return "the interrupted recovery had found other rows: " + describe_difference(rows_, rows);
      };
      plan.seed = random_.next();
      plan.now = plan_.now;
      plan.nested_crash_depth = plan_.nested_crash_depth - 1;
      if (const auto wrong = check_recovery(std::move(image), plan, state_count_))
        return Status::internal("second crash, during recovery: " + *wrong);
    }
    return Status::ok();
  }

  const RecoveryPlan& plan_;
  std::atomic<uint64_t>* const state_count_;
  std::mutex mutex_;
  Random random_;
  TestClock clock_;
  std::unique_ptr<SimFileSystem> disk_;
  FaultFileSystem faults_;
  OrderingChecker checker_;
  std::shared_ptr<Db> db_;
  ModelRows rows_;
  ModelRows later_rows_;
  bool is_gone_ = false;
  std::optional<ModelRows> read_only_rows_;
  std::vector<std::unique_ptr<SimFileSystem>> nested_;  // guarded by mutex_ while the hook is set
  uint64_t nested_seen_ = 0;
};

}  // namespace

std::optional<std::string> check_recovery(std::unique_ptr<SimFileSystem> disk, const RecoveryPlan& plan,
                                          std::atomic<uint64_t>* state_count) {
  const Status status = Recovery(std::move(disk), plan, state_count).run();
  return status ? std::nullopt : std::optional<std::string>(status.to_string());
}

}  // namespace wombat
