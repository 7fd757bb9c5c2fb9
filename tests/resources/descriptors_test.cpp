// T11: the process has no descriptors left. Calls answer IO_ERROR, nothing is lost, and when there are descriptors
// again everything goes on without reopening.
#include <gtest/gtest.h>

#include "crash/watchdog.h"
#include "resources/resource_cases.h"
#include "support/fault_file_system.h"

namespace wombat {

namespace {

void allow_failed_opens(ApiSession& session) { session.allowed[1] = WOMBAT_IO_ERROR; }

/// From call `from` on, calls that need a descriptor get none: all of them, or the next of each kind.
void take_descriptors(FaultFileSystem* faults, uint64_t from, bool sticky) {
  for (const CallKind kind :
       {CallKind::kCreate, CallKind::kOpen, CallKind::kOpenDirectory, CallKind::kLock}) {
    FaultPlan plan;
    plan.call_index = from;
    plan.only = kind;
    plan.fault = FaultKind::kTooManyFiles;
    plan.sticky = sticky;
    faults->add_fault(plan);
  }
}

/// As write_under_shortage, without the claim that reads go on: a table may be closed at the time.
void write_some(ApiSession& session) {
  for (int i = 0; i < 90; ++i) session.put(i, 1000 + i, 400);
  session.write_batch(20, 5, 2000);
  session.expect("flush", wombat_flush(session.db, nullptr, &session.error));
  session.expect("compact",
                 wombat_compact_range(session.db, nullptr, 0, nullptr, 0, nullptr, &session.error));
}

TEST(NoDescriptors, OpenFailsAtEveryCallAndDamagesNothing) {
  const PreparedDisk prepared = prepare_tables();
  const Options options = small_options();
  uint64_t refused = 0;
  uint64_t call = 1;
  for (bool has_struck = true; has_struck; ++call) {
    for (const bool sticky : {false, true}) {
      const WatchdogScope watchdog("open without descriptors, call " + std::to_string(call));
      const std::unique_ptr<SimFileSystem> disk = prepared.clone();
      FaultFileSystem faults(disk.get());
      ApiSession session(faults, options, prepared.contents);
      allow_failed_opens(session);
      take_descriptors(&faults, call, sticky);
      if (session.open() != WOMBAT_OK) ++refused;
      has_struck = faults.call_count() >= call;
      faults.clear_faults();
      ASSERT_EQ(check_all(session), "") << "call " << call << (sticky ? " sticky" : " once");
    }
  }
  EXPECT_GT(refused, 10u);
  std::printf("T11 open without descriptors: %llu calls, %llu refused\n",
              static_cast<unsigned long long>(call), static_cast<unsigned long long>(refused));
}

TEST(NoDescriptors, WritesResumeWithoutReopening) {
  const PreparedDisk prepared = prepare_tables();
  const Options options = small_options();
  const size_t count = environment_number("WOMBAT_T11_BUDGETS", 300) / 4;
  run_side_by_side(count, [&](size_t i) {
    const WatchdogScope watchdog("writes without descriptors, " + std::to_string(i));
    const std::unique_ptr<SimFileSystem> disk = prepared.clone();
    FaultFileSystem faults(disk.get());
    ApiSession session(faults, options, prepared.contents);
    allow_failed_opens(session);
    ASSERT_EQ(session.open(), WOMBAT_OK) << session.problem();
    take_descriptors(&faults, faults.call_count() + 1 + i * 5, true);
    write_some(session);
    faults.clear_faults();
    EXPECT_EQ(check_resumption(session), "") << "case " << i;
    EXPECT_EQ(check_all(session), "") << "case " << i;
  });
  std::printf("T11 writes without descriptors: %zu cases\n", count);
}

}  // namespace

}  // namespace wombat
