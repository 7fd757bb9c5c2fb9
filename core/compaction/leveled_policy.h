/// Leveled compaction (O'Neil et al., "The log-structured merge-tree", 1996, in LevelDB's arrangement):
/// flushes collect as runs in level 0 (level0_policy.h); every deeper level is one run, each about `size_multiplier` times the
/// size of the one above. Pure functions of a version.
#pragma once

#include <optional>

#include "compaction/compaction_plan.h"

namespace wombat {

/// The most wanted compaction that does not touch a busy table; nothing when none is due.
std::optional<CompactionPlan> pick_leveled_compaction(const Version& version,
                                                      const CompactionOptions& options,
                                                      const BusyTables& busy);

/// About how many entries of a table have expired, supposing that they do evenly between the first and the last.
uint64_t expired_count(const TableInfo& info, uint64_t now_us);

/// When, on the wall clock, the next table has so much that has expired that it is rewritten; nothing when none ever will.
std::optional<uint64_t> next_expiry_us(const Version& version, const CompactionOptions& options);

/// How far `level` is over its limit: 1 and more means due. The deepest level has no limit.
double leveled_score(const Version& version, const CompactionOptions& options, uint32_t level);

/// Bytes that must be rewritten until no level is over its limit.
uint64_t leveled_debt(const Version& version, const CompactionOptions& options);

/// The merge of all tables of `level` with keys in [lower, upper] (nullptr: unbounded) into the next level,
/// at most about `input_bytes_max` of them, beginning with the smallest keys. Nothing when there are none or
/// one is busy; `*is_blocked` tells which.
std::optional<CompactionPlan> plan_range_compaction(const Version& version, uint32_t level,
                                                    const Bytes* lower, const Bytes* upper,
                                                    uint64_t input_bytes_max, const BusyTables& busy,
                                                    bool* is_blocked);

/// The rewrite in place of tables of the deepest used level that still hold deletes or several versions, and of
/// those whose numbers are among `wanted`; see plan_range_compaction.
std::optional<CompactionPlan> plan_bottom_rewrite(const Version& version, uint32_t level, const Bytes* lower,
                                                  const Bytes* upper, const BusyTables& busy,
                                                  const BusyTables& wanted, bool* is_blocked);

}  // namespace wombat
