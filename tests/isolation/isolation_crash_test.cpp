// T6 with crashes, on the reference store, which logs its commits to a file: what was in doubt is decided, and a store
// that forgets or tears commits is caught.
#include <gtest/gtest.h>

#include <stdexcept>

#include "isolation/crash_campaign.h"
#include "isolation/reference_store.h"
#include "isolation/workload_run.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat::isolation {

std::unique_ptr<Client> open_reference(const std::string& store, const std::string& path) {
  const Fault fault = store == "torn log"   ? Fault::kTornLog
                      : store == "late log" ? Fault::kLateLog
                                            : Fault::kSlowLog;
  return std::make_unique<ReferenceStore>(fault, 1, path);
}

namespace {

CheckReport run(const std::string& store, uint64_t kill_count, std::string* failure) {
  const SeedScope seed(64);
  CrashOptions options;
  options.store = store;
  options.seed = seed.seed();
  options.kill_count = kill_count;
  const TempDirectory directory;
  return run_crashes(options, open_reference, directory.path(), failure);
}

TEST(IsolationCrash, WhatWasInDoubtHappenedAsAWholeOrNotAtAll) {
  std::string failure;
  const CheckReport report = run("reference", count_from_environment("WOMBAT_T6_KILLS", 15), &failure);
  EXPECT_EQ(failure, "");
  EXPECT_GT(report.transaction_count, 100u);
  EXPECT_GT(report.unknown_happened_count, 0u);
  EXPECT_GT(report.unknown_count, report.unknown_happened_count);
}

TEST(IsolationCrash, CommitsThatHappenInPartAreCaught) {
  std::string failure;
  run("torn log", 200, &failure);
  EXPECT_NE(failure, "");
}

TEST(IsolationCrash, AcknowledgedCommitsThatAreForgottenAreCaught) {
  std::string failure;
  run("late log", 200, &failure);
  EXPECT_NE(failure, "");
}

}  // namespace

}  // namespace wombat::isolation

int main(int argc, char** argv) {
  if (wombat::isolation::is_crash_child(argc, argv))
    return wombat::isolation::run_crash_child(argv, wombat::isolation::open_reference);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
