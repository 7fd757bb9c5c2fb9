/// What reads that are followed by writes may rely on.
#pragma once

#include "isolation/anomaly.h"
#include "isolation/history_index.h"
#include "isolation/observations.h"

namespace wombat::isolation {

/// Two transactions that read the same version of a key and both replaced it.
void find_lost_updates(const HistoryIndex& index, const Observations& observations, CheckReport* report);
/// Keys that were read for update and changed by another before the reader's commit, as far as timestamps tell it.
void find_broken_update_reads(const HistoryIndex& index, const Observations& observations,
                              CheckReport* report);

}  // namespace wombat::isolation
