/// Scenarios of the crash and fault sweeps in which tables from outside are taken in.
#pragma once

#include <vector>

#include "crash/scenarios.h"

namespace wombat {

std::vector<Scenario> ingest_scenarios();

}  // namespace wombat
