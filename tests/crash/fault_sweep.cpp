#include "crash/fault_sweep.h"

#include <algorithm>

#include "base/random.h"
#include "crash/fault_run.h"
#include "crash/prepared_disk.h"
#include "crash/recovery_pool.h"
#include "crash/watchdog.h"

namespace wombat {

namespace {

constexpr FaultKind kSweptFaults[] = {FaultKind::kIoError,        FaultKind::kNoSpace,
                                      FaultKind::kShortWrite,     FaultKind::kFailedButTookEffect,
                                      FaultKind::kSyncLosesPages, FaultKind::kTooManyFiles};
constexpr uint64_t kPairDistanceMax = 12;

/// The calls of a run without faults, from its start on.
class CallKinds : public CallObserver {
 public:
  void after_call(const FileCall& call, const Status&) override {
    std::lock_guard lock(mutex_);
    if (call.index > kinds_.size()) kinds_.resize(call.index, CallKind::kRead);
    if (call.index != 0) kinds_[call.index - 1] = call.kind;
  }
  std::vector<CallKind> after(uint64_t index) const {
    std::lock_guard lock(mutex_);
    return {kinds_.begin() + static_cast<long>(std::min<uint64_t>(index, kinds_.size())), kinds_.end()};
  }

 private:
  mutable std::mutex mutex_;
  std::vector<CallKind> kinds_;  // guarded by mutex_
};

std::vector<CallKind> list_calls(const Scenario& scenario, const PreparedDisk& prepared) {
  const std::unique_ptr<SimFileSystem> disk = prepared.disk->crash_clone(0, CrashPolicy::kKeepAll);
  FaultFileSystem file_system(disk.get());
  CallKinds kinds;
  file_system.add_observer(&kinds);
  CommitHistory history(prepared.contents, prepared.now);
  TestClock clock;
  Session session(&file_system, &history, &clock, Session::Expects::kSuccess);
  uint64_t started_at = 0;
  session.set_on_start([&] { started_at = file_system.call_count(); });
  session.set_options(scenario.options);
  scenario.run(session);
  std::vector<CallKind> calls = kinds.after(started_at);
  session.close();
  return calls;
}

/// All faults that can strike, in random order.
std::vector<FaultPlan> all_faults(const std::vector<CallKind>& calls, Random* random) {
  std::vector<FaultPlan> faults;
  for (size_t i = 0; i < calls.size(); ++i) {
    for (const FaultKind kind : kSweptFaults) {
      if (!fault_applies(kind, calls[i])) continue;
      for (const bool sticky : {false, true}) {
        FaultPlan fault;
        fault.call_index = i + 1;
        fault.fault = kind;
        fault.sticky = sticky;
        faults.push_back(fault);
      }
    }
  }
  for (size_t i = faults.size(); i > 1; --i) std::swap(faults[i - 1], faults[random->below(i)]);
  return faults;
}

}  // namespace

FaultSweepReport sweep_faults(const Scenario& scenario, const FaultSweepPlan& plan) {
  FaultSweepReport report;
  Random random(plan.seed);
  const PreparedDisk prepared = prepare_disk(scenario, plan.seed);
  if (!prepared.problem.empty()) {
    report.failures.push_back("preparing: " + prepared.problem);
    report.failure_count = 1;
    return report;
  }
  std::vector<FaultPlan> faults = all_faults(list_calls(scenario, prepared), &random);
  if (plan.run_count != 0 && faults.size() > plan.run_count) faults.resize(plan.run_count);

  std::atomic<uint64_t> struck_count{0};
  std::atomic<uint64_t> recovery_count{0};
  RecoveryPool pool(sweep_thread_count());
  for (const FaultPlan& fault : faults) {
    FaultRunPlan run;
    run.scenario = &scenario;
    run.start = &prepared;
    run.faults = {fault};
    run.seed = random.next();
    run.wrap = plan.wrap;
    if (plan.in_pairs) {
      FaultPlan second = fault;
      second.call_index += 1 + random.below(kPairDistanceMax);
      second.fault = kSweptFaults[random.below(std::size(kSweptFaults))];
      run.faults.push_back(second);
    }
    pool.submit([&, run = std::move(run)] {
      std::string what = std::string("scenario ") + scenario.name + ", seed " + std::to_string(plan.seed);
      for (const FaultPlan& one : run.faults) what += ", " + describe_fault(one);
      const WatchdogScope watchdog(what);
      const FaultRunResult result = run_with_faults(run, &recovery_count);
      if (result.has_struck) struck_count.fetch_add(1);
      return result.failure.empty() ? std::string() : what + ": " + result.failure;
    });
  }
  pool.wait();
  report.run_count = faults.size();
  report.struck_count = struck_count.load();
  report.recovery_count = recovery_count.load();
  report.failure_count = pool.failure_count();
  report.failures = pool.failures();
  return report;
}

}  // namespace wombat
