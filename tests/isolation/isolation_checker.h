/// A black-box checker of recorded histories: it knows of a store only what its callers saw.
///
/// In the manner of K. Kingsbury and P. Alvaro, "Elle: Inferring Isolation Anomalies from Experimental Observations"
/// (VLDB 2020): values that are written once make it possible to say which write each read saw, and lists, reads
/// before writes and commit timestamps in which order writes came. Dependencies between transactions and the anomalies
/// that are cycles of them are those of A. Adya, "Weak Consistency" (MIT, 1999). Absent keys are observations like
/// others, in reads and in ranges, so phantoms are seen as well. Transactions in doubt count when somebody saw them.
///
/// What is reported is there; but not everything that is there can be seen: where an observation has several
/// explanations, nothing is concluded from it.
#pragma once

#include "isolation/anomaly.h"
#include "isolation/history.h"

namespace wombat::isolation {

/// `level` decides which evidence counts (time, at the levels with snapshots) and which cycles are looked for; the
/// report also has anomalies that the level permits. Linear in the size of the history, up to sorting.
CheckReport check_history(History history, IsolationLevel level);

}  // namespace wombat::isolation
