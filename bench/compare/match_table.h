/// The results as tables for people.
#pragma once

#include <iosfwd>
#include <vector>

#include "match_summary.h"

namespace wombat::bench {

/// Rates and ratios, one line a workload, then what each engine paid, one line a workload and engine.
void print_tables(std::ostream& out, const MatchConfig& config, const Contest& contest,
                  const std::vector<RowSummary>& rows);

}  // namespace wombat::bench
