/// T3: one random history after the other, each on several random configurations, through the C API on a real
/// directory and in memory, against the model. WOMBAT_T3_OPS: operations in all; WOMBAT_TEST_SEED begins the seeds.
#include <gtest/gtest.h>

#include <cstdio>

#include "model/history_runner.h"
#include "model/work_budget.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

constexpr uint64_t kOperationsOfPresubmit = 200'000;
constexpr uint64_t kOptionSets = 4;
constexpr uint64_t kSeedDefault = 3000;

TEST(RandomHistory, AnswersAsTheModelDoesOnEveryConfiguration) {
  const uint64_t first_seed = test_seed(kSeedDefault);
  WorkBudget budget(number_from_environment("WOMBAT_T3_OPS", kOperationsOfPresubmit));
  const TempDirectory directory;
  uint64_t histories = 0;
  for (uint64_t seed = first_seed; !budget.is_spent(); ++seed, ++histories) {
    SCOPED_TRACE("replay with WOMBAT_TEST_SEED=" + std::to_string(seed) + " WOMBAT_T3_OPS=1");
    const uint64_t length = 1000 + Random(seed).below(4000);
    for (uint64_t set = 0; set < kOptionSets; ++set) {
      try {
        const bool is_in_memory = set + 1 == kOptionSets;
        HistoryRunner runner(is_in_memory ? WOMBAT_IN_MEMORY : directory.file("db"), seed, seed * 1000 + set);
        for (uint64_t i = 0; i < length; ++i) runner.step();
        runner.finish();
      } catch (const Mismatch& mismatch) {
        FAIL() << "configuration " << set << ": " << mismatch.what();
      }
      budget.spend(length);
    }
  }
  std::printf("T3: %llu operations, %llu histories on %llu configurations each, 0 failures\n",
              static_cast<unsigned long long>(budget.spent()), static_cast<unsigned long long>(histories),
              static_cast<unsigned long long>(kOptionSets));
}

}  // namespace
}  // namespace wombat
