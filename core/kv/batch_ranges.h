/// Which operations of a batch a later range delete of the same batch takes back. All operations of a commit have one
/// timestamp, so it could not be seen afterwards; such operations are left out when the batch is applied.
#pragma once

#include <map>
#include <vector>

#include "kv/range_set.h"

namespace wombat {

class BatchRanges {
 public:
  /// Operation `index` of the batch is a range delete.
  void add(uint64_t index, uint32_t keyspace, Bytes lower, const Bytes* upper) {
    of_keyspaces_[keyspace].found.emplace_back(lower, upper, index + 1);
  }
  /// After the last add().
  void finish() {
    for (auto& [keyspace, ranges] : of_keyspaces_) ranges.all = RangeSet::join(std::move(ranges.found));
  }
  /// Whether operation `index`, on `key`, is taken back.
  bool hides(uint64_t index, uint32_t keyspace, Bytes key) const {
    if (of_keyspaces_.empty()) return false;
    const auto ranges = of_keyspaces_.find(keyspace);
    return ranges != of_keyspaces_.end() && ranges->second.all.cover(key, kTimestampMax) > index + 1;
  }

 private:
  struct Ranges {
    std::vector<RangeSet> found;
    RangeSet all;  // places in the batch stand for timestamps
  };
  std::map<uint32_t, Ranges> of_keyspaces_;
};

}  // namespace wombat
