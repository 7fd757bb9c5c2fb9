/// The range deletes of a table as bytes: a section of its own, which lies in memory while the table is open.
///
///   number of fragments u32, at least 1, then each
///   | size of lower u32 | size of upper u32, or 0xFFFFFFFF: there is no upper bound | number of timestamps u32, at least 1
///   | lower | upper | timestamps u64 x n, descending
/// Fragments ascend and do not overlap.
#pragma once

#include <string>

#include "base/result.h"
#include "kv/range_set.h"
#include "table/table_properties.h"

namespace wombat {

std::string encode_range_section(const RangeSet& ranges);
/// Checks everything; kCorruption names the file and the section's place in it.
Result<RangeSet> decode_range_section(Bytes bytes, uint64_t offset, const std::string& name);

/// The largest key that lies in a fragment, or a key somewhat behind it where that would be a long one.
std::string last_key_of(const RangeSet::Fragment& fragment);

/// Adds to the properties of a table what its range deletes contribute: their number, and their keys.
void include_ranges(const RangeSet& ranges, TableProperties* properties);

}  // namespace wombat
