/// A tree as the tiered styles see it: its runs in one row from the newest to the oldest, those of level 0 first, then
/// the run of each deeper level. What is merged stands side by side in this row, so that nothing overtakes what is
/// older.
#pragma once

#include <optional>
#include <vector>

#include "compaction/compaction_plan.h"

namespace wombat {

struct SortedRun {
  uint32_t level = 0;
  const Run* run = nullptr;
  uint64_t bytes = 0;
  uint64_t entry_count = 0;
  uint64_t delete_count = 0;
  bool is_busy = false;
};

/// Of `version`, which outlives them. Runs of deeper levels are busy when any table of these levels is.
std::vector<SortedRun> sorted_runs(const Version& version, const BusyTables& busy);

/// How many runs from `first` on are not busy.
size_t free_count(const std::vector<SortedRun>& runs, size_t first);

uint64_t bytes_of(const std::vector<SortedRun>& runs, size_t first, size_t count);

/// The merge of `count` runs from `first` on into one in the place of the oldest of them. Runs without deletes that share
/// no keys become one without being rewritten.
CompactionPlan plan_runs(const std::vector<SortedRun>& runs, size_t first, size_t count);

/// What deletes, and entries that have expired, make due. Deletes are merged with all that is older.
std::optional<CompactionPlan> plan_run_deletes(const Version& version, const std::vector<SortedRun>& runs,
                                               const CompactionOptions& options, const BusyTables& busy);

}  // namespace wombat
