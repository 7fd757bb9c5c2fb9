/// Lets every call of a scenario fail in every way, once or for good, and checks what is said about it and
/// what is left.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crash/scenarios.h"

namespace wombat {

struct FaultSweepPlan {
  uint64_t seed = 1;
  /// Runs, drawn from all that are possible; 0: all.
  uint64_t run_count = 0;
  /// Two faults at a time: the second one strikes some calls later.
  bool in_pairs = false;
  /// Laid between the database and the simulated disk; may be empty.
  std::function<std::unique_ptr<FileSystem>(FileSystem*)> wrap;
};

struct FaultSweepReport {
  uint64_t run_count = 0;
  uint64_t struck_count = 0;  // runs in which the fault did happen
  uint64_t recovery_count = 0;
  uint64_t failure_count = 0;
  std::vector<std::string> failures;  // the first ones
};

FaultSweepReport sweep_faults(const Scenario& scenario, const FaultSweepPlan& plan);

}  // namespace wombat
