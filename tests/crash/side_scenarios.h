/// Scenarios with files in directories beside the database's own: value_log.directory and cold.directory.
#pragma once

#include <vector>

#include "crash/scenarios.h"

namespace wombat {

std::vector<Scenario> side_scenarios();

}  // namespace wombat
