/// T1, exhaustive: all sequences of few operations on a fresh database, with a crash after everything that
/// makes something durable (ACE; Mohan et al., "Finding Crash-Consistency Bugs with Bounded Black-Box Crash
/// Testing", 2018).
///   WOMBAT_ACE_LENGTH     longest sequence (3; the long test: 4)
#include <gtest/gtest.h>

#include <cstdio>

#include "crash/prepared_disk.h"
#include "crash/recovery_check.h"
#include "crash/recovery_pool.h"
#include "crash/watchdog.h"
#include "support/ordering_checker.h"
#include "support/seed.h"

namespace wombat {
namespace {

using Operation = void (*)(Session&);
constexpr Operation kOperations[] = {
    [](Session& s) { s.fill("a", 1, 30, SyncChoice::kNever); },
    [](Session& s) { s.fill("a", 1, 30, SyncChoice::kAlways); },
    [](Session& s) { s.fill("b", 2, 700, SyncChoice::kAlways); },
    [](Session& s) { s.write({ModelOperation::erase_range("a0000", "a0001")}, SyncChoice::kNever); },
    [](Session& s) {
      s.commit({ModelOperation::merge("append:,", "a0000", s.next_value(5)), ModelOperation::erase("b0000"),
                ModelOperation::erase_from("l"), ModelOperation::put_expiring("b0001", s.next_value(9), 1),
                ModelOperation::put("c", "transaction")});
    },
    [](Session& s) { s.sync(); },
    [](Session& s) { s.flush(); },
    [](Session& s) { s.compact(); },
    [](Session& s) {
      s.close();
      s.open("wal.sync=os");
    },
    [](Session& s) { s.fill("large", 1, 17 << 10, SyncChoice::kNever); },
    [](Session& s) {
      s.fill("w", 1, 9000, SyncChoice::kNever);
      s.pass_tick();
    },
    [](Session& s) {
      s.close();
      s.open(
          "wal.sync=os; memtable.size=1MiB; compaction.min_compaction_files=100; "
          "compaction.stall_sstables=1000");
    },
};
constexpr size_t kOperationCount = std::size(kOperations);

/// Notes the calls after which a crash is worth a try.
class PersistenceWatch : public CallObserver {
 public:
  void after_call(const FileCall& call, const Status&) override {
    if (!call_matters_for_crash(call.kind)) return;
    was_persistence_ = call.kind == CallKind::kSync || call.kind == CallKind::kDirectorySync ||
                       call.kind == CallKind::kRename || call.kind == CallKind::kRemove;
  }
  bool take() { return was_persistence_.exchange(false); }

 private:
  std::atomic<bool> was_persistence_{false};
};

class ShortHistorySweep {
 public:
  explicit ShortHistorySweep(uint64_t seed) : random_(seed), pool_(sweep_thread_count()) {}

  /// Only the last operation is swept: the earlier ones were when they were last.
  void run(const std::vector<size_t>& sequence) {
    ++sequence_count_;
    std::string name = "operations";
    for (const size_t operation : sequence) name += " " + std::to_string(operation);
    const WatchdogScope watchdog(name);
    SimFileSystem disk;
    FaultFileSystem file_system(&disk);
    OrderingChecker checker({.has_concurrent_jobs = true});
    PersistenceWatch persistence;
    file_system.add_observer(&checker);
    file_system.add_observer(&persistence);
    auto history = std::make_shared<CommitHistory>();
    TestClock clock;
    Session session(&file_system, history.get(), &clock, Session::Expects::kSuccess);
    session.open("wal.sync=os");
    for (size_t i = 0; i + 1 < sequence.size(); ++i) kOperations[sequence[i]](session);
    const auto crash = [&] {
      if (persistence.take()) take_images(disk, history, name);
    };
    file_system.set_crash_hook([&](uint64_t) { crash(); });
    kOperations[sequence.back()](session);
    session.check_reads();
    file_system.set_crash_hook({});
    take_images(disk, history, name);
    session.close();
    for (const std::string& problem : session.problems()) ADD_FAILURE() << name << ": " << problem;
    for (const std::string& violation : checker.violations()) ADD_FAILURE() << name << ": " << violation;
  }

  void finish() {
    pool_.wait();
    for (const std::string& failure : pool_.failures()) ADD_FAILURE() << failure;
    EXPECT_EQ(pool_.failure_count(), 0u);
    std::printf("T1, short histories: %llu sequences, %llu states, %llu failures\n",
                static_cast<unsigned long long>(sequence_count_),
                static_cast<unsigned long long>(state_count_.load()),
                static_cast<unsigned long long>(pool_.failure_count()));
  }

 private:
  void take_images(const SimFileSystem& disk, const std::shared_ptr<CommitHistory>& history,
                   const std::string& name) {
    for (const CrashPolicy policy : {CrashPolicy::kDropAll, CrashPolicy::kRandom}) {
      const uint64_t seed = random_.next();
      CommitHistory::Bounds bounds = history->bounds();
      std::shared_ptr<SimFileSystem> image = disk.crash_clone(seed, policy);
      history->complete(&bounds);
      pool_.submit([this, image, bounds, history, seed, name, policy] {
        const WatchdogScope watchdog(name);
        RecoveryPlan plan;
        plan.check = [&](const ModelRows& rows, uint64_t now) { return history->check(rows, bounds, now); };
        plan.seed = seed;
        plan.now = bounds.now;
        const auto wrong = check_recovery(image->crash_clone(0, CrashPolicy::kKeepAll), plan, &state_count_);
        return wrong ? name + ", " + crash_policy_name(policy) + ", image seed " + std::to_string(seed) +
                           ": " + *wrong
                     : std::string();
      });
    }
  }

  Random random_;  // used by one call at a time
  uint64_t sequence_count_ = 0;
  std::atomic<uint64_t> state_count_{0};
  RecoveryPool pool_;
};

TEST(ShortHistorySweepTest, AllShortHistoriesSurviveCrashes) {
  const SeedScope seed(1);
  const size_t length_max = environment_number("WOMBAT_ACE_LENGTH", 3);
  ShortHistorySweep sweep(seed.seed());
  for (size_t length = 1; length <= length_max; ++length) {
    std::vector<size_t> sequence(length, 0);
    for (bool is_last = false; !is_last;) {
      sweep.run(sequence);
      is_last = true;
      for (size_t i = length; i-- > 0 && is_last;) {
        sequence[i] = (sequence[i] + 1) % kOperationCount;
        is_last = sequence[i] == 0;
      }
    }
  }
  sweep.finish();
}

}  // namespace
}  // namespace wombat
