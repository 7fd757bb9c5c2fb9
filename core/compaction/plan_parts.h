/// What the policies build their plans from.
#pragma once

#include <vector>

#include "compaction/compaction_plan.h"

namespace wombat {

bool has_busy_table(const std::vector<TablePtr>& tables, const BusyTables& busy);

/// Adds the tables of the output level that the inputs overlap, and says whether nothing needs rewriting.
/// False when one of them is busy.
bool add_overlapping_output(const Version& version, const BusyTables& busy, CompactionPlan* plan);

}  // namespace wombat
