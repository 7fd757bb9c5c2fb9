/// What memory.limit means for the sizes of memtables, cache and jobs: a pure rule. docs/configuration.md says it in words.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "db/options.h"

namespace wombat {

struct MemoryShares {
  uint64_t limit_bytes = 0;
  bool is_automatic = false;  // memory.limit is 0
  /// Sizes that were left alone follow from the limit; else they are what they are, and the limit has room for them.
  bool derives_sizes = false;
  uint64_t memtable_bytes_max = 0;     // of all memtables together
  uint64_t transaction_bytes_max = 0;  // of all transactions together
  uint64_t iterator_bytes_max = 0;     // of all buffers that iterators read ahead into
  uint64_t kept_bytes_max = 0;         // of blocks that a memtable left to the next one
  uint64_t ahead_bytes_max = 0;        // of blocks touched ahead of writers
  uint64_t merge_bytes_max = 0;        // of what flushes and compactions have in buffers

  /// For one of `job_count` jobs, or parts of one, at the same time.
  size_t builder_bytes_max(size_t job_count) const;
  /// For each of the sources of such a job; `wanted` at most.
  size_t readahead_bytes(size_t job_count, size_t source_count, size_t wanted) const;
};

struct MemoryPlan {
  MemoryShares shares;
  /// The options that were given, with the sizes that follow from the limit.
  Options options;
};

/// `usable_memory`: of the machine or container; 0: unknown. kInvalidArgument when sizes were given that do not fit.
Result<MemoryPlan> plan_memory(const Options& options, uint64_t usable_memory);

}  // namespace wombat
