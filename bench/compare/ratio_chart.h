/// The ratios as a picture.
#pragma once

#include <string>
#include <vector>

#include "match_summary.h"

namespace wombat::bench {

/// SVG: for each workload a bar for the best peer with a log and one for the best of all, on a logarithmic scale that is cut at 1.
std::string to_svg(const MatchConfig& config, const Contest& contest, const std::vector<RowSummary>& rows);

}  // namespace wombat::bench
