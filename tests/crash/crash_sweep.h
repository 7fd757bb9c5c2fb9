/// Cuts the power at every call that a scenario makes, in several ways, and checks each time that the
/// database comes back.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crash/scenarios.h"

namespace wombat {

struct CrashSweepPlan {
  uint64_t seed = 1;
  /// Images to check, at least; rounds are repeated with other seeds until there are so many. 0: every call
  /// once, in every way.
  uint64_t state_count = 0;
  /// Only calls that follow a sync or a change of a name.
  bool only_after_persistence = false;
  /// Laid between the database and the simulated disk; may be empty.
  std::function<std::unique_ptr<FileSystem>(FileSystem*)> wrap;
};

struct CrashSweepReport {
  uint64_t state_count = 0;  // images recovered, those of second crashes included
  uint64_t call_count = 0;   // moments at which a crash was tried
  uint64_t failure_count = 0;
  std::vector<std::string> failures;  // the first ones
};

CrashSweepReport sweep_crashes(const Scenario& scenario, const CrashSweepPlan& plan);

}  // namespace wombat
