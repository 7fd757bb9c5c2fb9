/// What a policy asks for: tables to merge and where the result goes. Plans are data; merge_job.h carries
/// them out.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "version/version.h"

namespace wombat {

enum class CompactionStyle : uint8_t { kLeveled = 0, kSizeTiered = 1, kUniversal = 2, kFifo = 3 };

/// Keys of which a scan has stepped over many entries that nobody sees.
struct DeadGround {
  std::string lower;
  std::string upper;  // included
};

/// Which tables belong in the directory for cold ones.
struct ColdRules {
  uint32_t level = 0;   // those of this level and below; 0: none for their level
  uint64_t age_us = 0;  // those whose newest entry was written so long ago; 0: none for their age
  uint64_t now_us = 0;  // wall clock
};

/// What the policies look at besides the tree.
struct CompactionOptions {
  CompactionStyle style = CompactionStyle::kLeveled;
  uint32_t min_compaction_files = 4;  // runs in level 0 from which they are merged
  uint32_t level0_count_max = 10;     // runs in level 0 that are too many, whatever their sizes
  uint64_t base_size_bytes = 0;       // of level 1
  uint64_t size_multiplier = 10;      // of each deeper level
  uint64_t table_size_bytes = 0;      // of an output table
  double delete_ratio = 0.5;          // 0: deletes alone, and what has expired, are no reason
  bool reads_are_rare = false;        // few would notice more runs in level 0
  uint64_t now_us = 0;                // wall clock, for what has expired
  bool is_resting = false;            // nobody writes: fewer deletes are worth a compaction
  Timestamp seen_by_all = 0;          // every reader sees what was committed up to here
  std::vector<DeadGround> dead_grounds;
  // size_tiered
  double bucket_low = 0.5;
  double bucket_high = 1.5;
  uint32_t max_merge_width = 32;  // also universal
  // universal
  uint64_t size_ratio_percent = 10;
  uint64_t max_size_amplification_percent = 200;
  // fifo
  uint64_t fifo_max_size = 0;    // 0: no limit
  uint64_t fifo_max_age_us = 0;  // 0: for ever
  ColdRules cold;
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
  /// The input tables go, with all that is in them.
  bool is_drop = false;
  /// The input goes to the directory for cold tables.
  bool is_cold_move = false;
  /// Whole runs of levels below level 0 take part: no other job may change these levels meanwhile.
  bool takes_deep_runs = false;
  /// Reserved for it below space.max_amplification.
  uint64_t space_bytes = 0;
  /// How badly it is wanted; 1 is "due".
  double score = 0;

  size_t table_count() const {
    size_t count = 0;
    for (const Input& input : inputs) count += input.tables.size();
    return count;
  }
  uint64_t input_bytes() const {
    uint64_t sum = 0;
    for (const Input& input : inputs)
      for (const TablePtr& table : input.tables) sum += table->info.file_size;
    return sum;
  }
};

/// Numbers of the tables that running jobs read.
using BusyTables = std::unordered_set<uint64_t>;
/// Stands among them while a job takes whole runs of the deeper levels. No table has this number.
inline constexpr uint64_t kDeepRunsBusy = 0;

}  // namespace wombat
