/// Writes the entries of sorted sources to new tables: the work of a flush and of a compaction alike. What has expired
/// becomes a delete, merges are worked out or joined as far as no snapshot lies between them, and what range deletes hide
/// is left out.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "compaction/drop_rule.h"
#include "compaction/filter_rules.h"
#include "compaction/merge_values.h"
#include "compaction/output_ranges.h"
#include "kv/compaction_filter.h"
#include "kv/iterator.h"
#include "kv/merge_operator.h"
#include "table/table_builder.h"
#include "version/version.h"

namespace wombat {

struct MergeJob {
  /// Sources merged into one, in entry order.
  std::unique_ptr<Iterator> source;
  RangeSet ranges;                   // range deletes of the sources
  std::vector<Timestamp> snapshots;  // see DropRule
  uint64_t now_us = 0;               // wall clock: what expires until then is written as a delete
  const MergeOperators* operators = &builtin_merge_operators();
  /// What the program takes away or changes; null: nothing. Asked about what every reader sees.
  const CompactionFilter* filter = nullptr;
  std::shared_ptr<const FilterRules> rules;  // the same by prefix and age; null: none
  uint32_t level = 0;                        // of the outputs, for the filter
  std::string keyspace;                      // the same
  uint64_t newest_us = 0;                    // for TableInfo
  /// Tells whether older versions of a key may lie outside the job; without it they always may.
  std::function<bool(Bytes key)> may_exist_below;
  /// The same for stretches of keys that range deletes lie in.
  OutputRanges::MayExist range_may_exist_below;
  /// About how many bytes of files a range delete hides outside the job; may be empty.
  std::function<uint64_t(Bytes lower, const Bytes* upper)> range_bytes_below;
  /// Makes the next output file.
  struct Output {
    uint64_t number = 0;
    std::unique_ptr<TableBuilder> builder;
  };
  std::function<Result<Output>()> open_output;
  uint64_t output_size_max = 0;
  /// Ascending: an output ends in front of the first key that is not below one of these, so that none lies above much of
  /// a deeper level.
  std::vector<std::string> cuts;
  /// A table of which less fits into a builder with this much memory ends earlier.
  size_t builder_memory_max = ~size_t{0};
  /// Where the memory of the job is counted, and what its sources have.
  MemoryAccount memory;
  size_t source_memory = 0;
  MergeValues* values = nullptr;  // null: no entry has its value in a value file
  /// Called about every 64 KiB with the entry bytes read since the last call: throttles, reports progress,
  /// cancels by failing.
  std::function<Status(uint64_t bytes)> on_progress;
};

struct MergeResult {
  std::vector<TableInfo> tables;
  uint64_t entries_read = 0;
  uint64_t entries_dropped = 0;
  uint64_t entries_expired = 0;
  uint64_t entries_filtered = 0;
  uint64_t merges_folded = 0;
  uint64_t bytes_written = 0;
  TableCompression blocks;  // sums, of tables with a codec
  uint64_t dictionary_count = 0;
  Timestamp timestamp_max = 0;  // of all entries and range deletes, dropped ones included
};

/// Runs the job. `*opened` lists the numbers of all files it began, also after a failure, so that the caller
/// can remove them. Versions of one key always go to one table.
Result<MergeResult> run_merge(MergeJob& job, uint32_t incarnation, std::vector<uint64_t>* opened);

/// What the manifest records of a finished table.
TableInfo table_info_of(const TableProperties& properties, uint64_t number, uint32_t incarnation);

}  // namespace wombat
