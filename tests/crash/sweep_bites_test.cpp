/// The tests of the sweeps: on a disk that lies about what is durable they must fail.
#include <gtest/gtest.h>

#include "crash/crash_sweep.h"
#include "crash/fault_sweep.h"
#include "crash/lying_file_system.h"

namespace wombat {
namespace {

/// Failures that the crash sweep finds in these scenarios on a lying disk.
uint64_t count_failures(const Lies& lies, const std::vector<const char*>& names) {
  uint64_t count = 0;
  for (const char* name : names) {
    const Scenario* const scenario = find_scenario(name);
    EXPECT_NE(scenario, nullptr) << name;
    if (scenario == nullptr) return 0;
    CrashSweepPlan plan;
    plan.state_count = 600;
    plan.wrap = [&](FileSystem* base) { return make_lying_file_system(base, lies); };
    const CrashSweepReport report = sweep_crashes(*scenario, plan);
    count += report.failure_count;
    if (!report.failures.empty()) std::printf("found: %.300s\n", report.failures.front().c_str());
  }
  return count;
}

TEST(SweepBitesTest, AnHonestDiskPasses) {
  EXPECT_EQ(count_failures({}, {"put", "flush", "manifest_rewrite"}), 0u);
}

TEST(SweepBitesTest, MissingDirectorySyncsAreFound) {
  EXPECT_GT(count_failures({.directory_syncs = true}, {"create"}), 0u);
  EXPECT_GT(count_failures({.directory_syncs = true}, {"flush"}), 0u);
  EXPECT_GT(count_failures({.directory_syncs = true}, {"manifest_rewrite"}), 0u);
}

TEST(SweepBitesTest, MissingLogSyncsAreFound) {
  EXPECT_GT(count_failures({.file_syncs = ".log"}, {"put"}), 0u);
  EXPECT_GT(count_failures({.file_syncs = ".log"}, {"group_commit"}), 0u);
  EXPECT_GT(count_failures({.file_syncs = ".log"}, {"rotation"}), 0u);
}

TEST(SweepBitesTest, MissingTableSyncsAreFound) {
  EXPECT_GT(count_failures({.file_syncs = ".table"}, {"flush"}), 0u);
  EXPECT_GT(count_failures({.file_syncs = ".table"}, {"compact_range"}), 0u);
  EXPECT_GT(count_failures({.file_syncs = ".table"}, {"recovery"}), 0u);
}

TEST(SweepBitesTest, MissingManifestSyncsAreFound) {
  EXPECT_GT(count_failures({.file_syncs = ".manifest"}, {"flush"}), 0u);
  EXPECT_GT(count_failures({.file_syncs = ".manifest"}, {"create"}), 0u);
  EXPECT_GT(count_failures({.file_syncs = ".manifest"}, {"level0_compaction"}), 0u);
}

TEST(SweepBitesTest, MissingSyncsOfCurrentAreFound) {
  EXPECT_GT(count_failures({.file_syncs = "CURRENT.tmp"}, {"create"}), 0u);
  EXPECT_GT(count_failures({.file_syncs = "CURRENT.tmp"}, {"manifest_rewrite"}), 0u);
}

TEST(SweepBitesTest, LostLogBytesAreFoundByTheFaultSweep) {
  FaultSweepPlan plan;
  plan.run_count = 50;
  plan.wrap = [](FileSystem* base) { return make_lying_file_system(base, {.appends = ".log"}); };
  EXPECT_GT(sweep_faults(*find_scenario("put"), plan).failure_count, 0u);
}

}  // namespace
}  // namespace wombat
