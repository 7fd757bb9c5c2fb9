/// Which tables go to the directory for cold ones, and when. Pure functions.
#pragma once

#include <optional>

#include "compaction/compaction_plan.h"

namespace wombat {

/// `newest_us`: when the newest entry of the table was written, on the wall clock; 0: not known.
bool belongs_in_cold(uint32_t level, uint64_t newest_us, const ColdRules& rules);

/// The rewrite in place of a table that belongs there and lies elsewhere: the one of the deepest level. Nothing when there is
/// none that no job is busy with.
std::optional<CompactionPlan> plan_cold_move(const Version& version, const ColdRules& rules,
                                             const BusyTables& busy);

/// When the next table that lies elsewhere will belong there, 0: one does now; nothing when none will by time.
std::optional<uint64_t> next_cold_us(const Version& version, const ColdRules& rules);

}  // namespace wombat
