/// The disk on which a scenario begins, and what is on it.
#pragma once

#include <memory>

#include "crash/scenarios.h"
#include "support/sim_file_system.h"

namespace wombat {

struct PreparedDisk {
  std::unique_ptr<SimFileSystem> disk;  // everything on it is durable; clone it for each run
  std::vector<ModelOperation> contents;
  uint64_t now = 1;     // in ticks
  std::string problem;  // empty, or what went wrong although nothing was swept
};

/// `seed` decides what a crash at the end of the preparations left, when the scenario begins with one.
PreparedDisk prepare_disk(const Scenario& scenario, uint64_t seed);

}  // namespace wombat
