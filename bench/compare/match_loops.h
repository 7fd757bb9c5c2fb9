/// The measured loops: nothing but the engine and a walk over keys made beforehand is inside them.
#pragma once

#include <atomic>
#include <string>

#include "latency_sampler.h"
#include "match_workload.h"
#include "store.h"
#include "value_source.h"
#include "workload.h"

namespace wombat::bench {

/// What one thread of a workload does.
struct MatchTask {
  const MatchWorkload& workload;
  const WorkPlan& plan;
  const ValueSource& values;
  unsigned seek_step_count;
  size_t multi_get_size;
};

/// What a thread has done and seen.
struct MatchTally {
  explicit MatchTally(uint32_t sample_every) : sampler(sample_every) {}
  uint64_t operations = 0;   // single keys where a call has many, rows where it scans
  uint64_t found = 0;        // lookups answered and rows shown
  uint64_t digest = 0;       // sum of one byte of every value seen
  uint64_t aborts = 0;       // attempts at a transaction that ended without a commit
  uint64_t given_bytes = 0;  // keys and values written
  LatencySampler sampler;
  std::string failure;  // empty: none

  /// Counts a value that must have `size` bytes.
  void see(std::string_view value, size_t size);
};

/// Failures end up in the tally.
void run_match_loop(StoreSession& session, const MatchTask& task, MatchTally* tally);

/// Overwrites the entries of the plan over and over until `stop`.
void run_writer(StoreSession& session, const MatchTask& task, const std::atomic<bool>& stop,
                MatchTally* tally);

/// Shows the rows from `lower` on, all of them when that is empty, as long as keys are below `upper`.
void scan_range(StoreSession& session, std::string_view lower, std::string_view upper, size_t value_size,
                MatchTally* tally);

/// How many calls it takes to time one.
uint32_t sample_every(const MatchWorkload& workload, uint32_t usual);

}  // namespace wombat::bench
