/// T2: every call of every scenario fails, in every way.
///   WOMBAT_T2_RUNS       runs, over all scenarios (5,000); 0: all there are
///   WOMBAT_TEST_SEED     other histories and images
#include <gtest/gtest.h>

#include <cstdio>

#include "crash/fault_sweep.h"
#include "crash/watchdog.h"
#include "support/seed.h"

namespace wombat {
namespace {

struct Totals {
  uint64_t runs = 0;
  uint64_t struck = 0;
  uint64_t recoveries = 0;
  uint64_t scenarios = 0;
  uint64_t failures = 0;
} totals;

class TotalsPrinter : public ::testing::Environment {
 public:
  void TearDown() override {
    std::printf("T2: %llu faults, %llu of them struck, %llu recoveries, %llu scenarios, %llu failures\n",
                static_cast<unsigned long long>(totals.runs), static_cast<unsigned long long>(totals.struck),
                static_cast<unsigned long long>(totals.recoveries),
                static_cast<unsigned long long>(totals.scenarios),
                static_cast<unsigned long long>(totals.failures));
  }
};
const ::testing::Environment* const printer = ::testing::AddGlobalTestEnvironment(new TotalsPrinter);

void sweep(const Scenario& scenario, FaultSweepPlan plan) {
  const FaultSweepReport report = sweep_faults(scenario, plan);
  for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
  EXPECT_EQ(report.failure_count, 0u);
  totals.runs += report.run_count;
  totals.struck += report.struck_count;
  totals.recoveries += report.recovery_count;
  totals.scenarios += 1;
  totals.failures += report.failure_count;
}

class FaultSweepTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(FaultSweepTest, FailuresAreReportedAndNothingIsLost) {
  const SeedScope seed(1);
  FaultSweepPlan plan;
  plan.seed = seed.seed();
  const uint64_t runs = environment_number("WOMBAT_T2_RUNS", 5'000);
  plan.run_count = runs == 0 ? 0 : runs * 4 / 5 / scenarios().size() + 1;
  sweep(GetParam(), plan);
}

TEST_P(FaultSweepTest, TwoFaultsAreNoWorse) {
  const SeedScope seed(2);
  FaultSweepPlan plan;
  plan.seed = seed.seed();
  plan.in_pairs = true;
  const uint64_t runs = environment_number("WOMBAT_T2_RUNS", 5'000);
  plan.run_count = runs == 0 ? 0 : runs / scenarios().size() / 5 + 1;
  sweep(GetParam(), plan);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, FaultSweepTest, ::testing::ValuesIn(scenarios()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace wombat
