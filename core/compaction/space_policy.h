/// Which compactions give most space back for what they write, in pieces that fit into the space there is. Asked in place
/// of the style's own rules when the files come near space.max_amplification. Pure functions of a version.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compaction/compaction_plan.h"

namespace wombat {

struct SpaceLimits {
  uint64_t room = 0;            // bytes that the outputs may take while the inputs are still there
  uint64_t cut_bytes = 0;       // see space_cuts()
  std::set<uint64_t> dying;     // value files whose values merges write again
  bool takes_smallest = false;  // whatever the room, the compaction that needs least
};

/// Bytes that a compaction may write before its inputs go: at least those of its outputs.
uint64_t space_needed(const CompactionPlan& plan, const std::set<uint64_t>& dying);

/// The compaction that frees most for each byte that it writes, among those that fit. Nothing when none frees anything, or
/// none fits: then `*least_needed` is what the smallest one of them needs, and 0 when there is none, or others are
/// at work on it.
std::optional<CompactionPlan> pick_space_compaction(const Version& version, const CompactionOptions& options,
                                                    const BusyTables& busy, const SpaceLimits& limits,
                                                    uint64_t* least_needed);

/// Where outputs of a merge into `level` are cut, so that none lies above more than about `bytes` of the next deeper level
/// that has tables: then each of them can be merged down in little space. Ascending keys; none for the deepest level.
std::vector<std::string> space_cuts(const Version& version, uint32_t level, uint64_t bytes);

}  // namespace wombat
