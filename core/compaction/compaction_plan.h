/// What a policy asks for: tables to merge and where the result goes. Plans are data; merge_job.h carries
/// them out.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "version/version.h"

namespace wombat {

/// What the leveled policy looks at besides the tree.
struct CompactionOptions {
  uint32_t min_compaction_files = 4;  // runs in level 0 from which they are merged
  uint32_t level0_count_max = 10;     // runs in level 0 that are too many, whatever their sizes
  uint64_t base_size_bytes = 0;       // of level 1
  uint64_t size_multiplier = 10;      // of each deeper level
  uint64_t table_size_bytes = 0;      // of an output table
  double delete_ratio = 0.5;          // 0: deletes alone, and what has expired, are no reason
  bool reads_are_rare = false;        // few would notice more runs in level 0
  uint64_t now_us = 0;                // wall clock, for what has expired
};

struct CompactionPlan {
  struct Input {
    uint32_t level = 0;
    uint64_t run_id = 0;
    std::vector<TablePtr> tables;
  };
  /// Newest first: the order in which equal keys win.
  std::vector<Input> inputs;
  uint32_t output_level = 0;
  uint64_t output_run_id = 0;
  /// The input tables neither overlap each other nor anything in the output level: they change place without
  /// being rewritten.
  bool is_trivial_move = false;
  /// How badly it is wanted; 1 is "due".
  double score = 0;

  uint64_t input_bytes() const {
    uint64_t sum = 0;
    for (const Input& input : inputs)
      for (const TablePtr& table : input.tables) sum += table->info.file_size;
    return sum;
  }
};

/// Numbers of the tables that running jobs read.
using BusyTables = std::unordered_set<uint64_t>;

}  // namespace wombat
