#include "crash/fault_run.h"

#include <set>
#include <thread>

#include "crash/recovery_check.h"
#include "crash/watchdog.h"
#include "env/file_header.h"
#include "support/ordering_checker.h"

namespace wombat {

namespace {

constexpr int kAttemptsMax = 200;
constexpr uint64_t kPauseMicros = 1'000'000;  // longer than jobs rest after a failure

/// Notices what kinds of calls failed. After a failed sync of a log with records in it nobody knows what is
/// durable.
class FailureWatch : public CallObserver {
 public:
  void after_call(const FileCall& call, const Status& status) override {
    if (!status && status.code() != Code::kNoSpace && status.code() != Code::kMissingFile)
      saw_more_than_no_space_ = true;
    if (!status && call.kind == CallKind::kDirectorySync) has_failed_directory_sync_ = true;
    // Whether it was of values that commits wrote, which is as bad as one of a log, the name does not tell.
    if (!status && call.kind == CallKind::kSync && call.name.ends_with(".values"))
      has_failed_value_sync_ = true;
    if (!call.name.ends_with(".log")) return;
    // A close that fails counts like a sync that fails.
    if (!status && call.kind == CallKind::kClose) saw_more_than_no_space_ = true;
    if (call.kind == CallKind::kAppend && call.offset >= kFileHeaderSize) has_records_.insert(call.name);
    if (call.kind == CallKind::kSync && !status && has_records_.count(call.name) != 0) has_failed_ = true;
  }
  /// What was before tells nothing of a database that is opened anew.
  void begin_database() {
    has_failed_ = has_failed_value_sync_ = has_failed_directory_sync_ = saw_more_than_no_space_ = false;
  }
  bool has_failed_log_sync() const { return has_failed_; }
  bool has_failed_value_sync() const { return has_failed_value_sync_; }
  bool has_failed_directory_sync() const { return has_failed_directory_sync_; }
  bool saw_more_than_no_space() const { return saw_more_than_no_space_; }

 private:
  std::set<std::string> has_records_;
  std::atomic<bool> has_failed_{false};
  std::atomic<bool> has_failed_value_sync_{false};
  std::atomic<bool> has_failed_directory_sync_{false};
  std::atomic<bool> saw_more_than_no_space_{false};
};

class FaultRun {
 public:
  FaultRun(const FaultRunPlan& plan, std::atomic<uint64_t>* recovery_count)
      : plan_(plan),
        recovery_count_(recovery_count),
        random_(plan.seed),
        history_(plan.start->contents, plan.start->now),
        disk_(plan.start->disk->crash_clone(0, CrashPolicy::kKeepAll)),
        wrapped_(plan.wrap ? plan.wrap(disk_.get()) : nullptr),
        file_system_(wrapped_ ? wrapped_.get() : disk_.get()),
        session_(&file_system_, &history_, &clock_, Session::Expects::kFaults) {
    begin_order();
    // Like a crash, a run that failed may leave unfinished files whose numbers are used again.
    session_.set_on_open([this] {
      failures_.begin_database();
      if (file_system_.fault_count() != 0) begin_order();
    });
    file_system_.add_observer(&failures_);
    if (environment_number("WOMBAT_SWEEP_TRANSCRIPT", 0) != 0) file_system_.enable_transcript();
    session_.set_on_start([this] {
      for (FaultPlan fault : plan_.faults) {
        fault.call_index += file_system_.call_count();
        file_system_.add_fault(fault);
      }
    });
  }

  std::string run() {
    session_.set_options(plan_.scenario->options);
    plan_.scenario->run(session_);
    has_struck_ = file_system_.fault_count() != 0;
    file_system_.clear_faults();
    if (session_.db() != nullptr) check_life();
    take_image();
    session_.close();
    take_image();
    end_order();
    if (session_.problems().empty()) check_power_loss();
    if (session_.problems().empty()) check_restart();
    if (session_.problems().empty()) return "";
    std::string text = session_.problems().front();
    for (const std::string& line : file_system_.transcript()) text += "\n    " + line;
    return text;
  }
  bool has_struck() const { return has_struck_; }

 private:
  void begin_order() {
    end_order();
    checker_ = std::make_unique<OrderingChecker>(
        OrderingChecker::Options{.has_concurrent_jobs = true, .homes = side_homes()});
    file_system_.add_observer(checker_.get());
  }
  void end_order() {
    if (checker_ == nullptr) return;
    file_system_.remove_observer(checker_.get());
    for (const std::string& violation : checker_->violations()) {
      if (!is_excusable(violation)) session_.problem("order of calls: " + violation);
    }
    checker_ = nullptr;
  }

  /// What the checker cannot know after a failed edit of another job: that no manifest ever named the table,
  /// whose own job failed before its edit. That nothing needed is missing shows in the recovery.
  static bool is_excusable(const std::string& violation) {
    const auto has = [&](const char* text) { return violation.find(text) != violation.npos; };
    return violation.starts_with("e:") && has(".table") && has("was written to, but not synced");
  }

  /// The disk is well again; the database is still open.
  void check_life() {
    check_exact_reads("after the fault");
    if (session_.db()->is_read_only()) return;
    const Status written = write_patiently();
    const bool is_degraded = written.code() == Code::kDegraded;
    if (failures_.has_failed_log_sync() && !is_degraded) {
      session_.problem("a sync of the log had failed, yet a write answers " + written.to_string());
    }
    if (!written && !is_degraded) session_.problem("writes do not resume: " + written.to_string());
    if (is_degraded && only_space_was_short()) {
      session_.problem("degraded although only space had been short: " + written.to_string());
    }
    if (written) {
      const CommitHistory::Mark mark = history_.mark();
      const Status flushed = flush_patiently();
      if (flushed) history_.mark_durable(mark);
      if (!flushed && flushed.code() != Code::kDegraded) {
        session_.problem("flushes do not resume: " + flushed.to_string());
      }
    }
    check_exact_reads("after writing again");
  }

  void check_exact_reads(const char* when) {
    const Result<ModelRows> rows = read_rows(session_.db()->shared_from_this());
    if (!rows) return session_.problem(std::string("reads fail ") + when + ": " + rows.status().to_string());
    const std::string difference = describe_difference(history_.visible_rows(), rows.value());
    if (!difference.empty()) session_.problem(std::string("wrong rows ") + when + ": " + difference);
  }

  /// What is tried again after failures gets its chance.
  template <typename Attempt>
  Status patiently(const Attempt& attempt) {
    Status status;
    for (int i = 0; i < kAttemptsMax; ++i) {
      status = attempt();
      if (status || status.code() == Code::kDegraded) return status;
      session_.pass_time(kPauseMicros);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return status;
  }
  Status write_patiently() {
    int attempt_count = 0;
    return patiently([&] {
      // Room for few commits in doubt is left; more would only be refusals.
      if (++attempt_count > 3) return session_.db()->sync();
      return session_.try_put("life goes on", std::to_string(plan_.seed), SyncChoice::kAlways);
    });
  }
  Status flush_patiently() {
    return patiently([&] { return session_.db()->flush({}); });
  }

  bool only_space_was_short() const {
    for (const FaultPlan& fault : plan_.faults)
      if (fault.fault != FaultKind::kNoSpace || fault.sticky) return false;
    return !failures_.has_failed_log_sync() && !failures_.saw_more_than_no_space() &&
           !failures_.has_failed_directory_sync() && !failures_.has_failed_value_sync();
  }

  /// What a power loss at this moment would leave.
  void take_image() {
    CommitHistory::Bounds bounds = history_.bounds();
    const CrashPolicy policy = kCrashPolicies[random_.below(std::size(kCrashPolicies))];
    images_.push_back({disk_->crash_clone(random_.next(), policy), {}, policy});
    history_.complete(&bounds);
    images_.back().bounds = std::move(bounds);
  }

  void check_power_loss() {
    for (Image& image : images_) {
      const RowsCheck check = [&](const ModelRows& rows, uint64_t now) {
        return history_.check(rows, image.bounds, now);
      };
      check_image(std::move(image.disk), check, image.bounds,
                  std::string("after a power loss (") + crash_policy_name(image.policy) + ")");
    }
  }

  /// The process ended, the operating system did not: not even unsynced commits may be lost.
  void check_restart() {
    CommitHistory::Bounds bounds;
    history_.complete(&bounds);
    const RowsCheck check = [this](const ModelRows& rows, uint64_t now) {
      return history_.check_acknowledged(rows, now);
    };
    check_image(std::move(disk_), check, bounds, "after a restart");
  }

  void check_image(std::unique_ptr<SimFileSystem> disk, const RowsCheck& check,
                   const CommitHistory::Bounds& bounds, const std::string& when) {
    RecoveryPlan plan;
    plan.check = check;
    plan.seed = random_.next();
    plan.now = bounds.now;
    plan.may_be_destroyed = bounds.may_be_destroyed;
    if (const auto wrong = check_recovery(std::move(disk), plan, recovery_count_))
      session_.problem(when + ": " + *wrong);
  }

  struct Image {
    std::unique_ptr<SimFileSystem> disk;
    CommitHistory::Bounds bounds;
    CrashPolicy policy;
  };

  const FaultRunPlan& plan_;
  std::atomic<uint64_t>* const recovery_count_;
  Random random_;
  CommitHistory history_;
  TestClock clock_;
  std::unique_ptr<SimFileSystem> disk_;
  std::unique_ptr<FileSystem> wrapped_;
  FaultFileSystem file_system_;
  std::unique_ptr<OrderingChecker> checker_;
  FailureWatch failures_;
  Session session_;
  std::vector<Image> images_;
  bool has_struck_ = false;
};

}  // namespace

FaultRunResult run_with_faults(const FaultRunPlan& plan, std::atomic<uint64_t>* recovery_count) {
  FaultRun run(plan, recovery_count);
  FaultRunResult result;
  result.failure = run.run();
  result.has_struck = run.has_struck();
  return result;
}

std::string describe_fault(const FaultPlan& fault) {
  return std::string(fault_kind_name(fault.fault)) + " at call " + std::to_string(fault.call_index) +
         (fault.sticky ? ", for good" : ", once");
}

}  // namespace wombat
