/// T3 with crashes: random histories on a simulated file system that loses power at random moments, also while
/// flushes and compactions run and right after a recovery. What comes back must be the state after some prefix
/// of the commits that holds every one acknowledged as durable. Keys with a "k" in front are of the default keyspace,
/// with "#NAME/" of another (crash/keyspace_rows.h).
///
/// WOMBAT_T3_CRASHES: how many; WOMBAT_TEST_SEED begins the seeds.
#include <gtest/gtest.h>

#include <cstdio>

#include "crash/keyspace_rows.h"
#include "crash/session.h"
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
    environment.clock = &clock_;
    clock_.set_ticks(model_.now());
    Result<std::shared_ptr<Db>> opened = Db::open(kPath, options, environment);
    check("open", opened.status());
    db_ = std::move(opened).value();
    syncs_always_ = db_->option_text(OptionId::kWalSync) == "always";
    if (!spaces_.empty()) return;
    // Those that were not made before a crash are made again.
    for (const char* name : {"a", "b"}) {
      const Status made = db_->create_keyspace(name, "").status();
      if (made.code() != Code::kAlreadyExists) check("create_keyspace", made);
    }
    spaces_ = {"k", "k", "#a/", "#b/"};
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
      const uint64_t version = model_.version();
      check("compact_range", db_->compact_range(nullptr, nullptr, {}));
      model_.mark_durable(version);
    } else if (drawn < 89) {
      snapshots_.emplace_back(db_->take_snapshot(), model_.version());
    } else if (drawn < 92) {
      check_snapshot();
    } else if (drawn < 93) {
      compare("in between");
    } else if (drawn < 94 && random_.one_in(2)) {
      model_.tick();
      clock_.set_ticks(model_.now());
      clock_.advance(60'000'000);
    } else if (drawn < 94) {
      release_snapshots();
      check("close", db_->close());
      model_.mark_durable(model_.version());
      open();
      compare("after reopening");
    } else {
      const std::string key = new_key();
      const Result<std::optional<std::string>> found = read_value(*db_, key);
      check("get", found.status());
      if (found.value() != model_.get(key)) fail("get of " + escape_bytes(key) + " differs");
    }
  }

  std::string new_key() {
    return (spaces_[random_.below(spaces_.size())] + keys_.key(random_)).substr(0, kKeySizeMax - 10);
  }

  /// What a merge does is always to be seen: of two states that look alike the model may take the wrong one.
  ModelOperation random_operation() {
    const uint64_t drawn = random_.below(20);
    std::string key = new_key();
    if (drawn < 10) return ModelOperation::put(std::move(key), random_value(random_));
    if (drawn < 13) return ModelOperation::erase(std::move(key));
    if (drawn < 16) {
      return ModelOperation::merge(random_.one_in(2) ? "append" : "append:,", std::move(key),
                                   std::to_string(step_count_));
    }
    if (drawn < 19) {
      return ModelOperation::put_expiring(std::move(key), random_value(random_) + std::to_string(step_count_),
                                          1 + random_.below(4));
    }
    if (random_.one_in(20)) {
      const std::string space = key.substr(0, key[0] == 'k' ? 1 : 3);
      return space == "k" ? ModelOperation::erase_from(key)
                          : ModelOperation::erase_range(key, space.substr(0, 2) + "0");
    }
    std::string upper = key + (random_.one_in(4) ? "\xff" : "0");
    return ModelOperation::erase_range(std::move(key), std::move(upper));
  }

  void write() {
    std::vector<ModelOperation> operations;
    const uint64_t count = random_.one_in(5) ? random_.below(20) : 1;
    for (uint64_t i = 0; i < count; ++i) operations.push_back(random_operation());
    WriteRequest request;
    request.sync = random_.one_in(12)  ? SyncChoice::kAlways
                   : random_.one_in(6) ? SyncChoice::kNever
                                       : SyncChoice::kDefault;
    const uint64_t version = model_.apply(operations);
    if (random_.one_in(4)) {
      commit(operations, request);
    } else {
      write_batch(operations, request);
    }
    const bool is_synced =
        request.sync == SyncChoice::kAlways || (request.sync == SyncChoice::kDefault && syncs_always_);
    if (is_synced && count != 0) model_.mark_durable(version);
  }

  void write_batch(const std::vector<ModelOperation>& operations, WriteRequest request) {
    WriteBatch batch;
    std::vector<std::shared_ptr<Tree>> kept;
    check("batch", add_operations(*db_, operations, model_.now(), &batch, &kept));
    std::vector<Tree*> trees;
    for (const auto& tree : kept) trees.push_back(tree.get());
    request.record = batch.record();
    if (!trees.empty()) request.tree = trees.front();
    if (trees.size() > 1) request.trees = trees;
    check("write", db_->write(request));
  }

  void commit(const std::vector<ModelOperation>& operations, const WriteRequest& request) {
    TransactionSettings settings = Transaction::default_settings(*db_);
    settings.deadline = {};
    const auto begun = Transaction::begin(db_, db_->default_tree().shared_from_this(), settings);
    check("begin", begun.status());
    Transaction& transaction = *begun.value();
    const Transaction::Entry entry(transaction);
    check("transaction", add_operations(transaction, operations, model_.now()));
    Timestamp committed_at = 0;
    check("commit", transaction.commit(request, &committed_at));
  }

  void compare(const char* when) {
    const Result<ModelRows> rows = read_all_keyspaces(*db_, 0);
    check(when, rows.status());
    check("verify", db_->verify({}));
    if (rows.value() != model_.scan()) fail(std::string("wrong rows ") + when);
  }

  void check_snapshot() {
    if (snapshots_.empty()) return;
    const size_t index = random_.below(snapshots_.size());
    const auto [timestamp, version] = snapshots_[index];
    const Result<ModelRows> rows = read_all_keyspaces(*db_, timestamp);
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
    // Some time may pass until the machine is there again.
    if (random_.one_in(3)) model_.tick();
    spaces_.clear();
    open();
    const Result<ModelRows> rows = read_all_keyspaces(*db_, 0);
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
  TestClock clock_;
  std::vector<std::string> spaces_;
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
