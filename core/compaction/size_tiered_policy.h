/// Size-tiered compaction (as in Bigtable, Chang et al., 2006, and Cassandra): runs of similar size are merged with each
/// other, so that an entry is rewritten once for each factor by which the database is larger than a memtable. Fewest
/// writes, most runs to look into. Pure functions of a version.
#pragma once

#include <optional>

#include "compaction/compaction_plan.h"

namespace wombat {

/// The merge of similar neighbours that is the smallest; nothing when there are too few of a kind.
std::optional<CompactionPlan> pick_size_tiered_compaction(const Version& version,
                                                          const CompactionOptions& options,
                                                          const BusyTables& busy);

/// How many new runs of one kind wait for a merge, the smaller ones between them included; 0: none is due.
size_t size_tiered_backlog(const Version& version, const CompactionOptions& options);

/// Bytes of what is due.
uint64_t size_tiered_debt(const Version& version, const CompactionOptions& options);

}  // namespace wombat
