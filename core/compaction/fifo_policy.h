/// First in, first out, for data whose worth ends with its age: nothing is merged, the oldest tables go when all are too
/// large or they are too old. Pure functions of a version.
#pragma once

#include <optional>

#include "compaction/compaction_plan.h"

namespace wombat {

/// The tables that go now, as a plan with is_drop; else a rewrite of a table in which much has expired by itself.
std::optional<CompactionPlan> pick_fifo_compaction(const Version& version, const CompactionOptions& options,
                                                   const BusyTables& busy);

/// When, on the wall clock, the next table is too old; nothing when none ever will be.
std::optional<uint64_t> next_fifo_drop_us(const Version& version, const CompactionOptions& options);

/// Bytes that are to go.
uint64_t fifo_debt(const Version& version, const CompactionOptions& options);

}  // namespace wombat
