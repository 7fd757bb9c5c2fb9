/// Turns that are more than a loop over a plan.
#pragma once

#include "match_config.h"
#include "match_plan.h"
#include "match_turn.h"
#include "value_source.h"

namespace wombat::bench {

/// Closes, then measures opening and the first get of `entry`. Closing is the result's settle_s.
TurnResult open_turn(Contender& contender, const MatchWorkload& workload, const MatchConfig& config,
                     uint64_t entry);

/// Measures opening and the first get of what a killed process has left; the contender's directory is empty.
TurnResult recover_turn(Contender& contender, const MatchWorkload& workload, const MatchConfig& config);

/// Deletes what the plan says, uncounted, then measures scans of the range in which that was, right behind it.
TurnResult scan_deleted_turn(Contender& contender, const MatchWorkload& workload, const MatchConfig& config,
                             const DataState& state, const MatchPlan& plan, const ValueSource& values);

}  // namespace wombat::bench
