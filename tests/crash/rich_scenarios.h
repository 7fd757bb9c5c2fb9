/// Scenarios with range deletes, merges, puts that expire, and transactions.
#pragma once

#include <vector>

#include "crash/scenarios.h"

namespace wombat {

std::vector<Scenario> rich_scenarios();

}  // namespace wombat
