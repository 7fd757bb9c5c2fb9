/// What a group of writers puts into memtables before the log has it: unseen, and forgotten again if it does not get there.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/check.h"
#include "db/write_counters.h"
#include "db/write_request.h"
#include "kv/batch_ranges.h"
#include "memtable/memtable.h"

namespace wombat {

/// Entries staged in a memtable: forgotten again unless they are linked.
class StagedEntries {
 public:
  explicit StagedEntries(Memtable& memtable) : memtable_(memtable) {}
  StagedEntries(const StagedEntries&) = delete;
  StagedEntries& operator=(const StagedEntries&) = delete;
  ~StagedEntries() { link(0, 0); }
  void link(size_t entry_count, size_t range_count) {
    if (is_done_) return;
    memtable_.link_staged(entry_count);
    memtable_.ranges().link_staged(range_count);
    is_done_ = true;
  }

 private:
  Memtable& memtable_;
  bool is_done_ = false;
};

/// Where operations of a writer are staged, and what counts them there.
struct StagePlace {
  Memtable& memtable;
  uint32_t& entries;
  uint32_t& ranges;
};

/// Entries staged in several memtables: forgotten again unless they are linked.
class StagedParts {
 public:
  StagedParts() = default;
  StagedParts(const StagedParts&) = delete;
  StagedParts& operator=(const StagedParts&) = delete;
  ~StagedParts() {
    for (auto& [keyspace, part] : parts_) {
      part.memtable->link_staged(0);
      part.memtable->ranges().link_staged(0);
    }
  }
  /// For an operation of the writer at `index` of the group.
  StagePlace place(uint32_t keyspace, Memtable& memtable, size_t index) {
    Part& part = parts_.try_emplace(keyspace, Part{&memtable, {}}).first->second;
    if (part.counts.size() <= index) part.counts.resize(index + 1);
    return {memtable, part.counts[index].entries, part.counts[index].ranges};
  }
  /// Those of the first `served` writers.
  void link(size_t served) noexcept {
    for (auto& [keyspace, part] : parts_) {
      size_t entries = 0;
      size_t ranges = 0;
      for (size_t i = 0; i < std::min(served, part.counts.size()); ++i) {
        entries += part.counts[i].entries;
        ranges += part.counts[i].ranges;
      }
      part.memtable->link_staged(entries);
      part.memtable->ranges().link_staged(ranges);
    }
    parts_.clear();
  }

 private:
  struct Counts {
    uint32_t entries = 0;
    uint32_t ranges = 0;
  };
  struct Part {
    Memtable* memtable;
    std::vector<Counts> counts;  // of each writer
  };
  std::unordered_map<uint32_t, Part> parts_;
};

/// Stages a batch with range deletes: without the operations that a later one of them takes back. `place_of` says where
/// the operations of a keyspace go.
template <typename PlaceOf>
void stage_with_ranges(const WriteRequest& request, Timestamp timestamp, PlaceOf place_of,
                       KindCounts* counts) {
  BatchRanges ranges;
  Bytes upper;
  bool has_upper = false;
  uint64_t index = 0;
  for (OperationWalker walker(request.operations()); !walker.at_end(); ++index) {
    const OperationWalker::Operation operation = walker.next();
    counts->add(operation.kind);
    if (operation.kind != Kind::kRangeDelete) continue;
    WOMBAT_CHECK(decode_range_end(operation.value, &upper, &has_upper));
    ranges.add(index, operation.keyspace, operation.key, has_upper ? &upper : nullptr);
    const StagePlace place = place_of(operation.keyspace);
    place.memtable.ranges().stage(operation.key, has_upper ? &upper : nullptr, timestamp);
    ++place.ranges;
  }
  ranges.finish();
  index = 0;
  for (OperationWalker walker(request.operations()); !walker.at_end(); ++index) {
    const OperationWalker::Operation operation = walker.next();
    if (operation.kind == Kind::kRangeDelete) continue;
    const StagePlace place = place_of(operation.keyspace);
    if (ranges.hides(index, operation.keyspace, operation.key)) continue;
    place.memtable.stage(operation.key, make_tag(timestamp, operation.kind), operation.value);
    ++place.entries;
  }
}

}  // namespace wombat
