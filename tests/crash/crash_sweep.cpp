#include "crash/crash_sweep.h"

#include <algorithm>
#include <cinttypes>
#include <deque>

#include "crash/prepared_disk.h"
#include "crash/recovery_check.h"
#include "crash/recovery_pool.h"
#include "crash/watchdog.h"
#include "support/ordering_checker.h"

namespace wombat {

namespace {

/// A nested check looks at up to 6 + 36 images, so that about half of all images are of second crashes.
constexpr uint64_t kNestedCrashOneIn = 48;
constexpr int kRoundsMax = 100'000;

/// The calls that were made last, for the words about a failure.
class RecentCalls : public CallObserver {
 public:
  void after_call(const FileCall& call, const Status& status) override {
    if (!call_matters_for_crash(call.kind)) return;
    std::lock_guard lock(mutex_);
    was_persistence_ = call.kind == CallKind::kSync || call.kind == CallKind::kDirectorySync ||
                       call.kind == CallKind::kRename;
    calls_.push_back(describe_call(call) + (status ? "" : " -> " + std::string(code_name(status.code()))));
    if (calls_.size() > 10) calls_.pop_front();
  }
  std::string text() const {
    std::lock_guard lock(mutex_);
    std::string text;
    for (const std::string& call : calls_) text += "\n    " + call;
    return text;
  }
  bool was_persistence() const {
    std::lock_guard lock(mutex_);
    return was_persistence_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> calls_;  // guarded by mutex_
  bool was_persistence_ = true;    // guarded by mutex_
};

std::string list_files(const SimFileSystem& disk) {
  std::string text;
  const auto add = [&](const char* path) {
    for (const std::string& name : disk.list_files(path))
      text += " " + name + ":" + std::to_string(disk.read_file(path, name)->size());
  };
  add(kDatabasePath);
  for (const char* const path : kSidePaths) {
    if (disk.list_files(path).empty()) continue;
    text += std::string("; ") + path + ":";
    add(path);
  }
  return text;
}

/// One run of a scenario.
class Round {
 public:
  Round(const Scenario& scenario, const CrashSweepPlan& plan, uint64_t seed, RecoveryPool* pool,
        std::atomic<uint64_t>* state_count)
      : scenario_(scenario),
        plan_(plan),
        seed_(seed),
        random_(seed),
        pool_(pool),
        state_count_(state_count) {}

  /// A crash at each `stride`-th call, beginning with number `phase`; 0: none. With `all_policies` an image
  /// of every kind, otherwise random ones.
  std::string run(uint64_t stride, uint64_t phase, bool all_policies) {
    stride_ = stride;
    phase_ = phase;
    all_policies_ = all_policies;
    PreparedDisk prepared = prepare_disk(scenario_, seed_);
    if (!prepared.problem.empty()) return std::string(scenario_.name) + ", preparing: " + prepared.problem;
    disk_ = std::move(prepared.disk);
    history_ = std::make_unique<CommitHistory>(prepared.contents, prepared.now);
    const std::unique_ptr<FileSystem> wrapped = plan_.wrap ? plan_.wrap(disk_.get()) : nullptr;
    FaultFileSystem file_system(wrapped ? wrapped.get() : disk_.get());
    OrderingChecker checker({.has_concurrent_jobs = true, .homes = side_homes()});
    file_system.add_observer(&checker);
    file_system.add_observer(&recent_);
    TestClock clock;
    Session session(&file_system, history_.get(), &clock, Session::Expects::kSuccess);
    session.set_on_start([&] { file_system.set_crash_hook([this](uint64_t call) { at_call(call); }); });
    session.set_options(scenario_.options);
    scenario_.run(session);
    file_system.set_crash_hook({});
    at_call(file_system.call_count() + 1);
    pool_->wait();
    session.close();
    if (!session.problems().empty()) return describe("the run itself: " + session.problems().front());
    if (!checker.violations().empty()) {
      return describe("order of calls: " + checker.violations().front());
    }
    return "";
  }

  uint64_t call_count() const { return call_count_; }

 private:
  void at_call(uint64_t call) {
    if (plan_.only_after_persistence && !recent_.was_persistence()) return;
    const uint64_t number = call_count_++;
    if (stride_ == 0 || number % stride_ != phase_ % stride_) return;
    for (const CrashPolicy policy : kCrashPolicies)
      take_image(call, all_policies_ ? policy : CrashPolicy::kRandom);
  }

  void take_image(uint64_t call, CrashPolicy policy) {
    const uint64_t image_seed = random_.next();
    CommitHistory::Bounds bounds = history_->bounds();
    std::shared_ptr<SimFileSystem> image = disk_->crash_clone(image_seed, policy);
    history_->complete(&bounds);
    const int depth = random_.one_in(kNestedCrashOneIn) ? 2 : 0;
    std::string where = "crash before call " + std::to_string(call) + ", " + crash_policy_name(policy) +
                        ", image seed " + std::to_string(image_seed);
    std::string calls = recent_.text();
    pool_->submit([this, image, bounds, image_seed, depth, where = std::move(where),
                   calls = std::move(calls)] {
      const WatchdogScope watchdog(describe(where));
      RecoveryPlan plan;
      plan.check = [&](const ModelRows& rows, uint64_t now) { return history_->check(rows, bounds, now); };
      plan.seed = image_seed;
      plan.now = bounds.now;
      plan.nested_crash_depth = depth;
      plan.may_be_destroyed = bounds.may_be_destroyed;
      const auto wrong = check_recovery(image->crash_clone(0, CrashPolicy::kKeepAll), plan, state_count_);
      if (!wrong) return std::string();
      return describe(where) + ": " + *wrong + "\n  files:" + list_files(*image) + "\n  last calls:" + calls;
    });
  }

  std::string describe(const std::string& what) const {
    return std::string("scenario ") + scenario_.name + ", round seed " + std::to_string(seed_) + ", " + what;
  }

  const Scenario& scenario_;
  const CrashSweepPlan& plan_;
  const uint64_t seed_;
  Random random_;  // used by one call at a time
  RecoveryPool* const pool_;
  std::atomic<uint64_t>* const state_count_;
  uint64_t stride_ = 0;
  uint64_t phase_ = 0;
  bool all_policies_ = true;
  uint64_t call_count_ = 0;
  RecentCalls recent_;
  std::unique_ptr<SimFileSystem> disk_;
  std::unique_ptr<CommitHistory> history_;
};

}  // namespace

CrashSweepReport sweep_crashes(const Scenario& scenario, const CrashSweepPlan& plan) {
  CrashSweepReport report;
  RecoveryPool pool(sweep_thread_count());
  std::atomic<uint64_t> state_count{0};
  Random random(plan.seed);
  uint64_t calls_in_a_run = 0;
  if (plan.state_count != 0) {
    Round count(scenario, plan, plan.seed, &pool, &state_count);
    static_cast<void>(count.run(0, 0, true));
    calls_in_a_run = std::max<uint64_t>(count.call_count(), 1);
  }
  for (int round = 0; round < kRoundsMax; ++round) {
    uint64_t stride = 1;
    if (plan.state_count != 0) {
      const uint64_t left =
          std::max<uint64_t>(plan.state_count - std::min(state_count.load(), plan.state_count), 1);
      stride = std::max<uint64_t>(2 * calls_in_a_run * std::size(kCrashPolicies) / left, 1);
    }
    Round one(scenario, plan, plan.seed + static_cast<uint64_t>(round), &pool, &state_count);
    std::string problem = one.run(stride, random.next(), round % 4 == 0);
    report.call_count += one.call_count() / stride;
    if (!problem.empty()) {
      ++report.failure_count;
      report.failures.push_back(std::move(problem));
    }
    if (state_count.load() >= plan.state_count || pool.failure_count() + report.failure_count > 0) break;
  }
  report.state_count = state_count.load();
  report.failure_count += pool.failure_count();
  for (std::string& failure : pool.failures()) report.failures.push_back(std::move(failure));
  return report;
}

}  // namespace wombat
