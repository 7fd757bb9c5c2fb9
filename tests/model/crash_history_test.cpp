/// T3 with crashes: random histories on a simulated file system that loses power at random moments, also while
/// flushes and compactions run and right after a recovery. What comes back must be the state after some prefix
/// of the commits that holds every one acknowledged as durable.
///
/// WOMBAT_T3_CRASHES: how many; WOMBAT_TEST_SEED begins the seeds.
#include <gtest/gtest.h>

#include <cstdio>

#include "formats/content_reader.h"
#include "model/history_data.h"
#include "model/history_runner.h"
#include "model/work_budget.h"
#include "support/seed.h"
#include "support/sim_file_system.h"

namespace wombat {
namespace {

constexpr uint64_t kCrashesOfPresubmit = 400;
constexpr uint64_t kCrashesOfHistory = 8;
constexpr char kPath[] = "/db";

class CrashHistory {
 public:
  explicit CrashHistory(uint64_t seed)
      : random_(seed), tuning_(seed), seed_(seed), keys_(seed), disk_(std::make_unique<SimFileSystem>()) {}
  ~CrashHistory() { release_snapshots(); }

  /// Throws Mismatch.
  void run() {
    open();
    for (uint64_t crash = 0; crash < kCrashesOfHistory; ++crash) {
      const uint64_t steps = random_.one_in(6) ? 0 : random_.below(250);
      for (uint64_t i = 0; i < steps; ++i) step();
      lose_power();
    }
    compare("at the end");
    release_snapshots();
    check("close", db_->close());
  }
  uint64_t step_count() const { return step_count_; }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw Mismatch(what + " (" + options_text_ + ")"); }
  void check(const char* call, const Status& status) const {
    if (!status) fail(std::string(call) + ": " + status.to_string());
  }

  void open() {
    options_text_ = random_options(tuning_, seed_);
    Options options;
    check("options", options.parse(options_text_));
    Environment environment;
    environment.file_system = disk_.get();
    Result<std::shared_ptr<Db>> opened = Db::open(kPath, options, environment);
    check("open", opened.status());
    db_ = std::move(opened).value();
    syncs_always_ = db_->option_text(OptionId::kWalSync) == "always";
  }

  void step() {
    ++step_count_;
    const uint64_t drawn = random_.below(100);
    if (drawn < 78) {
      write();
    } else if (drawn < 82) {
      const uint64_t version = model_.version();
      check("sync", db_->sync());
      model_.mark_durable(version);
    } else if (drawn < 85) {
      const uint64_t version = model_.version();
      check("flush", db_->flush({}));
      model_.mark_durable(version);
    } else if (drawn < 86) {
      check("compact_range", db_->compact_range(nullptr, nullptr, {}));
    } else if (drawn < 89) {
      snapshots_.emplace_back(db_->take_snapshot(), model_.version());
    } else if (drawn < 92) {
      check_snapshot();
    } else if (drawn < 93) {
      compare("in between");
    } else if (drawn < 94) {
      release_snapshots();
      check("close", db_->close());
      model_.mark_durable(model_.version());
      open();
      compare("after reopening");
    } else {
      const std::string key = keys_.key(random_);
      const Result<std::optional<std::string>> found = read_key(*db_, key);
      check("get", found.status());
      if (found.value() != model_.get(key)) fail("get of " + escape_bytes(key) + " differs");
    }
  }

  void write() {
    std::vector<ModelOperation> operations;
    WriteBatch batch;
    const uint64_t count = random_.one_in(5) ? random_.below(20) : 1;
    for (uint64_t i = 0; i < count; ++i) {
      std::string key = keys_.key(random_);
      if (random_.below(4) != 0) {
        operations.push_back(ModelOperation::put(std::move(key), random_value(random_)));
        check("batch", batch.put(operations.back().key, operations.back().value));
      } else {
        operations.push_back(ModelOperation::erase(std::move(key)));
        check("batch", batch.remove(operations.back().key));
      }
    }
    WriteRequest request;
    request.record = batch.record();
    request.sync = random_.one_in(12)  ? SyncChoice::kAlways
                   : random_.one_in(6) ? SyncChoice::kNever
                                       : SyncChoice::kDefault;
    const uint64_t version = model_.apply(operations);
    check("write", db_->write(request));
    const bool is_synced =
        request.sync == SyncChoice::kAlways || (request.sync == SyncChoice::kDefault && syncs_always_);
    if (is_synced && batch.count() != 0) model_.mark_durable(version);
  }

  void compare(const char* when) {
    const Result<ModelRows> rows = read_content(db_, {});
    check(when, rows.status());
    if (rows.value() != model_.scan()) fail(std::string("wrong rows ") + when);
  }

  void check_snapshot() {
    if (snapshots_.empty()) return;
    const size_t index = random_.below(snapshots_.size());
    const auto [timestamp, version] = snapshots_[index];
    const Result<ModelRows> rows = read_forwards(db_, timestamp);
    check("scan of a snapshot", rows.status());
    if (rows.value() != model_.scan({}, {}, version)) fail("a snapshot has changed");
    db_->release_snapshot(timestamp);
    snapshots_.erase(snapshots_.begin() + static_cast<ptrdiff_t>(index));
  }

  void release_snapshots() {
    for (const auto& [timestamp, version] : snapshots_) db_->release_snapshot(timestamp);
    snapshots_.clear();
  }

  void lose_power() {
    const CrashPolicy policy = kCrashPolicies[random_.below(std::size(kCrashPolicies))];
    const uint64_t durable = model_.durable_version();
    std::unique_ptr<SimFileSystem> after = disk_->crash_clone(random_.next(), policy);
    release_snapshots();
    static_cast<void>(db_->close());  // the machine is gone; what it does to its disk touches nobody
    db_.reset();
    disk_ = std::move(after);
    open();
    const Result<ModelRows> rows = read_content(db_, {});
    const std::string when = std::string("after a crash with policy ") + crash_policy_name(policy);
    check(when.c_str(), rows.status());
    ModelDatabase::Match match;
    if (const auto problem = model_.check_prefix(rows.value(), durable, model_.version(), &match))
      fail(when + ": " + *problem);
    model_.adopt(match);
  }

  Random random_;
  Random tuning_;
  uint64_t seed_;
  KeyFamily keys_;
  ModelDatabase model_;
  std::unique_ptr<SimFileSystem> disk_;  // outlives db_
  std::shared_ptr<Db> db_;
  std::vector<std::pair<Timestamp, uint64_t>> snapshots_;  // and the versions they show
  std::string options_text_;
  bool syncs_always_ = false;
  uint64_t step_count_ = 0;
};

TEST(CrashHistory, RecoversAPrefixThatHoldsEveryDurableCommit) {
  WorkBudget budget(number_from_environment("WOMBAT_T3_CRASHES", kCrashesOfPresubmit));
  uint64_t steps = 0;
  for (uint64_t seed = test_seed(7000); !budget.is_spent(); ++seed) {
    SCOPED_TRACE("replay with WOMBAT_TEST_SEED=" + std::to_string(seed) + " WOMBAT_T3_CRASHES=1");
    try {
      CrashHistory history(seed);
      history.run();
      steps += history.step_count();
    } catch (const Mismatch& mismatch) {
      FAIL() << mismatch.what();
    }
    budget.spend(kCrashesOfHistory);
  }
  std::printf("T3 with crashes: %llu crashes, %llu operations, 0 failures\n",
              static_cast<unsigned long long>(budget.spent()), static_cast<unsigned long long>(steps));
}

}  // namespace
}  // namespace wombat
