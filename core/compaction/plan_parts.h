/// What the policies build their plans from.
#pragma once

#include <vector>

#include "compaction/compaction_plan.h"

namespace wombat {

bool has_busy_table(const std::vector<TablePtr>& tables, const BusyTables& busy);

/// No two tables of the inputs share a key.
bool inputs_are_disjoint(const CompactionPlan& plan);

/// The rewrite of one table in its place.
CompactionPlan plan_rewrite(const Run& run, uint32_t level, const TablePtr& table);

/// Whether a share of a table's entries that is worth a compaction has expired.
bool has_expired(const TableInfo& info, const CompactionOptions& options);

/// The share of deletes from which a table is worth a compaction.
double delete_share(const CompactionOptions& options);

/// A scan suffered from what lies in the table.
bool is_dead_ground(const TableInfo& info, const CompactionOptions& options);

/// The tables of a version in which older entries of keys of a plan may lie, as a version of their own.
VersionPtr older_than(const Version& version, const CompactionPlan& plan);

/// Adds the tables of the output level that the inputs overlap, and says whether nothing needs rewriting.
/// False when one of them is busy.
bool add_overlapping_output(const Version& version, const BusyTables& busy, CompactionPlan* plan);

}  // namespace wombat
