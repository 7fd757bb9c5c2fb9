/// T3, concurrent. WOMBAT_T3_ROUNDS: how many times the database is opened, used by all at once and closed in
/// the middle; WOMBAT_T3_ROUND_MS: how long each time.
#include <gtest/gtest.h>

#include <cstdio>

#include "model/concurrent_history.h"
#include "model/work_budget.h"
#include "support/seed.h"
#include "support/temp_directory.h"

namespace wombat {
namespace {

TEST(ConcurrentHistory, EveryViewIsConsistentAndNothingAcknowledgedIsLost) {
  const SeedScope seed(11);
  const TempDirectory directory;
  const uint64_t duration_ms = number_from_environment("WOMBAT_T3_ROUND_MS", 1000);
  WorkBudget budget(number_from_environment("WOMBAT_T3_ROUNDS", 12));
  ConcurrentHistory history(directory.file("db"), seed.seed());
  while (!budget.is_spent() && history.problems().empty()) {
    history.run_round(duration_ms);
    budget.spend(1);
  }
  for (const std::string& problem : history.problems()) ADD_FAILURE() << problem;
  std::printf("T3, concurrent: %llu rounds, %llu calls, %zu failures\n",
              static_cast<unsigned long long>(budget.spent()),
              static_cast<unsigned long long>(history.call_count()), history.problems().size());
}

}  // namespace
}  // namespace wombat
