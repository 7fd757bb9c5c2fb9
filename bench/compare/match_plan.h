/// What the threads of a workload are to do, made before the clock starts, and what they must see.
#pragma once

#include <optional>
#include <vector>

#include "match_config.h"
#include "match_workload.h"
#include "workload.h"

namespace wombat::bench {

struct MatchPlan {
  std::vector<WorkPlan> threads;
  std::optional<WorkPlan> writer;
  std::optional<uint64_t> found;  // lookups answered and rows shown; nothing: not known beforehand
  bool is_found_same = true;      // for all engines
  uint64_t live_count = 0;        // entries that are there when all is done
  bool is_digest_known = true;    // values seen are the same for all engines
};

/// The content of the databases of one kind as the plans have changed it; the same for all engines.
class DataState {
 public:
  DataState(const MatchConfig& config, MatchData data);

  /// Takes what the workload writes as done.
  MatchPlan plan(const MatchWorkload& workload, uint64_t seed);

  uint64_t live_count() const { return live_count_; }
  size_t value_size() const;
  bool are_values_known() const { return are_values_known_; }
  /// The range of entries that scandeleted is about.
  uint64_t middle_begin() const { return entry_count_ / 4; }
  uint64_t middle_end() const { return entry_count_ - entry_count_ / 4; }

 private:
  BenchConfig bench_config(const MatchWorkload& workload) const;
  std::vector<WorkPlan> plan_passes(const MatchWorkload& workload, const BenchConfig& bench, uint64_t seed);
  void plan_deletes(const MatchWorkload& workload, uint64_t seed, MatchPlan* plan);
  std::optional<uint64_t> found(const MatchWorkload& workload, const MatchPlan& plan) const;
  void take_as_written(const MatchWorkload& workload, const MatchPlan& plan);
  uint64_t entry_of(const char* key) const;

  const MatchConfig& config_;
  const MatchData data_;
  uint64_t entry_count_;       // highest entry ever written, and one
  std::vector<bool> is_live_;  // by entry
  uint64_t live_count_ = 0;
  bool are_values_known_ = true;
};

}  // namespace wombat::bench
