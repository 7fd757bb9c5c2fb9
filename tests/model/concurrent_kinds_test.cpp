/// T3, concurrent, with every kind of write. WOMBAT_T3_ROUNDS and WOMBAT_T3_ROUND_MS as in concurrent_history_test.
#include <gtest/gtest.h>

#include <cstdio>

#include "model/concurrent_kinds.h"
#include "model/work_budget.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

TEST(ConcurrentKinds, MergesAreAppliedOnceAndCommitsAreWholeWhateverElseGoesOn) {
  const SeedScope seed(23);
  const TempDirectory directory;
  const uint64_t duration_ms = number_from_environment("WOMBAT_T3_ROUND_MS", 1500);
  WorkBudget budget(number_from_environment("WOMBAT_T3_ROUNDS", 4));
  ConcurrentKinds history(directory.path(), seed.seed());
  while (!budget.is_spent() && history.problems().empty()) {
    history.run_round(duration_ms);
    budget.spend(1);
  }
  for (const std::string& problem : history.problems()) ADD_FAILURE() << problem;
  EXPECT_GT(history.commit_count(), budget.spent() * 5);
  EXPECT_GT(history.copy_count(), 0u);
  std::printf("T3, every kind at once: %llu rounds, %llu increments, %llu copies, %zu failures\n",
              static_cast<unsigned long long>(budget.spent()),
              static_cast<unsigned long long>(history.commit_count()),
              static_cast<unsigned long long>(history.copy_count()), history.problems().size());
}

}  // namespace
}  // namespace wombat
