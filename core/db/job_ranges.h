/// The range deletes that a flush or a compaction takes part in.
#pragma once

#include "base/result.h"
#include "compaction/compaction_plan.h"
#include "compaction/merge_job.h"
#include "memtable/memtable.h"

namespace wombat {

/// Those of a memtable that nobody writes to any more. One without an upper bound gets the end of what there is.
RangeSet ranges_of(const Memtable& memtable, const Version& version);

/// Those of the tables of a plan; opens the tables that have some.
Result<RangeSet> ranges_of(const CompactionPlan& plan);

/// What is known of what lies outside of a job, in `first_level` of `version` and below it.
void look_below(VersionPtr version, uint32_t first_level, MergeJob* job);

}  // namespace wombat
