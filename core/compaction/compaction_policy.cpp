#include "compaction/compaction_policy.h"

#include <algorithm>

#include "compaction/cold_policy.h"
#include "compaction/fifo_policy.h"
#include "compaction/level0_policy.h"
#include "compaction/leveled_policy.h"
#include "compaction/size_tiered_policy.h"
#include "compaction/universal_policy.h"

namespace wombat {

std::optional<CompactionPlan> pick_compaction(const Version& version, const CompactionOptions& options,
                                              const BusyTables& busy) {
  switch (options.style) {
    case CompactionStyle::kSizeTiered:
      return pick_size_tiered_compaction(version, options, busy);
    case CompactionStyle::kUniversal:
      return pick_universal_compaction(version, options, busy);
    case CompactionStyle::kFifo:
      return pick_fifo_compaction(version, options, busy);
    case CompactionStyle::kLeveled:
      break;
  }
  return pick_leveled_compaction(version, options, busy);
}

std::optional<CompactionPlan> pick_compaction_at_rest(const Version& version,
                                                      const CompactionOptions& options,
                                                      const BusyTables& busy) {
  if (options.style != CompactionStyle::kLeveled) return std::nullopt;
  return plan_level0_at_rest(version, options, busy);
}

uint64_t compaction_debt(const Version& version, const CompactionOptions& options) {
  switch (options.style) {
    case CompactionStyle::kSizeTiered:
      return size_tiered_debt(version, options);
    case CompactionStyle::kUniversal:
      return universal_debt(version, options);
    case CompactionStyle::kFifo:
      return fifo_debt(version, options);
    case CompactionStyle::kLeveled:
      break;
  }
  return leveled_debt(version, options);
}

size_t pressing_run_count(const Version& version, const CompactionOptions& options) {
  switch (options.style) {
    case CompactionStyle::kSizeTiered:
      return size_tiered_backlog(version, options);
    case CompactionStyle::kFifo:
      return 0;
    case CompactionStyle::kUniversal:
    case CompactionStyle::kLeveled:
      break;
  }
  return version.levels[0].runs.size();
}

std::optional<uint64_t> next_due_us(const Version& version, const CompactionOptions& options) {
  std::optional<uint64_t> next = next_expiry_us(version, options);
  const std::optional<uint64_t> cold = next_cold_us(version, options.cold);
  if (!next || (cold && *cold < *next)) next = cold;
  if (options.style != CompactionStyle::kFifo) return next;
  const std::optional<uint64_t> drop = next_fifo_drop_us(version, options);
  if (!next || (drop && *drop < *next)) next = drop;
  return next;
}

}  // namespace wombat
