/// Which compaction is due: the one place that knows all styles. Every style takes any tree that another one has left, and
/// arranges it in its own way by and by. Pure functions of a version.
#pragma once

#include <optional>

#include "compaction/compaction_plan.h"

namespace wombat {

/// The most wanted compaction that does not touch a busy table; nothing when none is due.
std::optional<CompactionPlan> pick_compaction(const Version& version, const CompactionOptions& options,
                                              const BusyTables& busy);

/// What is worth doing while nobody writes, though it is not due.
std::optional<CompactionPlan> pick_compaction_at_rest(const Version& version,
                                                      const CompactionOptions& options,
                                                      const BusyTables& busy);

/// Bytes that must be rewritten until nothing is due.
uint64_t compaction_debt(const Version& version, const CompactionOptions& options);

/// The runs that are too many by the measure of the style: writers are slowed down by their number. Runs of level 0 where
/// each is one more to look into; those that wait for their merge in size_tiered, where many are usual; none in fifo.
size_t pressing_run_count(const Version& version, const CompactionOptions& options);

/// When, on the wall clock, something is due by time; nothing when it never will be.
std::optional<uint64_t> next_due_us(const Version& version, const CompactionOptions& options);

}  // namespace wombat
