/// The results for programs.
#pragma once

#include <string>
#include <vector>

#include "match_summary.h"

namespace wombat::bench {

/// Settings, versions, and for each workload medians, rounds and ratios; times in seconds or, latencies, nanoseconds.
std::string to_json(const MatchConfig& config, const Contest& contest, const std::vector<RowSummary>& rows);

}  // namespace wombat::bench
