/// Level 0, where flushes leave their runs: tiered above a leveled tree (as in Dayan and Idreos, "Dostoevsky",
/// 2018). Runs of similar size are merged with each other until all of them together are a fair share of
/// level 1, and only then into it. So what lies in level 1 is rewritten for much, not for little. While few
/// read (db/read_watch.h), more and larger runs collect first. Pure functions of a version.
#pragma once

#include <optional>

#include "compaction/compaction_plan.h"

namespace wombat {

/// How full level 0 is by the number of its runs; 1 and more means that a compaction is due.
double level0_score(const Version& version, const CompactionOptions& options);

/// Which runs are merged, among themselves or into level 1. Nothing when none are due, or when those that are
/// due, or what they overlap, are busy.
std::optional<CompactionPlan> pick_level0_compaction(const Version& version, const CompactionOptions& options,
                                                     const BusyTables& busy);

/// The merge of all runs into level 1, or their move when they overlap nothing. Nothing when there are none or
/// a table is busy.
std::optional<CompactionPlan> plan_level0(const Version& version, const BusyTables& busy);

/// What is worth doing while nobody writes, so that reads find fewer runs: all runs into level 1 when that
/// costs no more than leveled compaction pays for a byte, else all into one.
std::optional<CompactionPlan> plan_level0_at_rest(const Version& version, const CompactionOptions& options,
                                                  const BusyTables& busy);

}  // namespace wombat
