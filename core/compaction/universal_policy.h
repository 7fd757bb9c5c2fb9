/// Universal compaction (RocksDB's name and rules): few runs, the oldest the largest. Runs are merged with newer ones that
/// are about as large; all of them when the newer ones together have outgrown a percentage of the oldest, which bounds the
/// space. Pure functions of a version.
#pragma once

#include <optional>

#include "compaction/compaction_plan.h"

namespace wombat {

/// Nothing when there are fewer than `min_compaction_files` runs, or what is due is busy. There are fewer than twice as many
/// at rest.
std::optional<CompactionPlan> pick_universal_compaction(const Version& version,
                                                        const CompactionOptions& options,
                                                        const BusyTables& busy);

/// Bytes of what is due.
uint64_t universal_debt(const Version& version, const CompactionOptions& options);

}  // namespace wombat
