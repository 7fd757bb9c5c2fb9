/// Where a large compaction is cut into parts that several threads work on.
#pragma once

#include <string>
#include <vector>

#include "compaction/compaction_plan.h"

namespace wombat {

/// Keys at which parts begin, ascending; the first part begins in front of the first of them. At most `part_count` parts of
/// at least `part_bytes_min` of input each. A cut is the key right behind the last key of an input table, so that a table
/// may end with a range delete that reaches up to it. The same plan is always cut in the same way.
std::vector<std::string> split_keys(const CompactionPlan& plan, size_t part_count, uint64_t part_bytes_min);

}  // namespace wombat
