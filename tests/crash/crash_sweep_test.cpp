/// T1: a crash at every call of every scenario.
///   WOMBAT_T1_STATES     images to recover, over all scenarios (20,000)
///   WOMBAT_TEST_SEED     other histories and images
#include <gtest/gtest.h>

#include <cstdio>

#include "crash/crash_sweep.h"
#include "crash/watchdog.h"
#include "support/seed.h"

namespace wombat {
namespace {

struct Totals {
  uint64_t states = 0;
  uint64_t calls = 0;
  uint64_t scenarios = 0;
  uint64_t failures = 0;
} totals;

class TotalsPrinter : public ::testing::Environment {
 public:
  void TearDown() override {
    std::printf("T1: %llu states, %llu crash points, %llu scenarios, %llu failures\n",
                static_cast<unsigned long long>(totals.states), static_cast<unsigned long long>(totals.calls),
                static_cast<unsigned long long>(totals.scenarios),
                static_cast<unsigned long long>(totals.failures));
  }
};
const ::testing::Environment* const printer = ::testing::AddGlobalTestEnvironment(new TotalsPrinter);

class CrashSweepTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(CrashSweepTest, NothingAcknowledgedAsDurableIsLost) {
  const SeedScope seed(1);
  CrashSweepPlan plan;
  plan.seed = seed.seed();
  plan.state_count = environment_number("WOMBAT_T1_STATES", 20'000) / scenarios().size();
  const CrashSweepReport report = sweep_crashes(GetParam(), plan);
  for (const std::string& failure : report.failures) ADD_FAILURE() << failure;
  EXPECT_EQ(report.failure_count, 0u);
  totals.states += report.state_count;
  totals.calls += report.call_count;
  totals.scenarios += 1;
  totals.failures += report.failure_count;
}

INSTANTIATE_TEST_SUITE_P(Scenarios, CrashSweepTest, ::testing::ValuesIn(scenarios()),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace wombat
