/// One run of a scenario on a disk that fails, and everything that must hold afterwards.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "crash/prepared_disk.h"

namespace wombat {

struct FaultRunPlan {
  const Scenario* scenario = nullptr;
  const PreparedDisk* start = nullptr;  // borrowed
  std::vector<FaultPlan> faults;        // indexes count from the start of the swept part
  uint64_t seed = 0;
  std::function<std::unique_ptr<FileSystem>(FileSystem*)> wrap;
};

struct FaultRunResult {
  bool has_struck = false;
  std::string failure;  // empty: all is well
};

FaultRunResult run_with_faults(const FaultRunPlan& plan, std::atomic<uint64_t>* recovery_count);

/// "EIO at call 17 (append), for good".
std::string describe_fault(const FaultPlan& fault);

}  // namespace wombat
