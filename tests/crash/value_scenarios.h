/// Scenarios with values in value files: the others over again with a low threshold, and what only value files have.
#pragma once

#include <vector>

#include "crash/scenarios.h"

namespace wombat {

std::vector<Scenario> value_scenarios(const std::vector<Scenario>& others);

}  // namespace wombat
