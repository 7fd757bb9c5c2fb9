/// Which value files are worth writing again what they still hold, and which tables have to be rewritten for that. Pure
/// functions.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "compaction/compaction_plan.h"

namespace wombat {

/// Bytes of a value file that entries of tables point to, among all its bytes.
struct ValueFileUse {
  uint64_t live_bytes = 0;
  uint64_t size = 0;
  bool is_full = false;  // nothing is appended any more
};
using ValueFileUses = std::map<uint64_t, ValueFileUse>;

/// Adds what the tables of `version` point to.
void add_live_bytes(const Version& version, ValueFileUses* uses);

/// Those that no longer grow, of which at least `dead_ratio`, and more than nothing, is dead, and which something still
/// points to.
std::set<uint64_t> dying_files(const ValueFileUses& uses, double dead_ratio);

/// Those of them with the largest dead shares, as many as have no more than `live_bytes_max` alive together, one at least.
std::set<uint64_t> dying_files_within(const ValueFileUses& uses, double dead_ratio, uint64_t live_bytes_max);

/// The rewrite in place of the table with most bytes in these files. Nothing when no table that is not busy points there.
std::optional<CompactionPlan> plan_reclaim(const Version& version, const std::set<uint64_t>& files,
                                           const BusyTables& busy);

/// Whether level 0 is worth a merge for the sake of values: what is overwritten is known as dead only when the newer
/// entry meets the older one. True when level 0 points to much in comparison with level 1, and both are small beside that.
bool values_want_merge(const Version& version);

}  // namespace wombat
