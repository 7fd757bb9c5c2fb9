/// Scenarios of the crash and fault sweeps in which tables are arranged in other styles than leveled, or merged in parts.
#pragma once

#include <vector>

#include "crash/scenarios.h"

namespace wombat {

std::vector<Scenario> style_scenarios();

}  // namespace wombat
