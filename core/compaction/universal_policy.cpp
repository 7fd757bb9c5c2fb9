#include "compaction/universal_policy.h"

#include <algorithm>

#include "compaction/sorted_runs.h"

namespace wombat {

namespace {

constexpr uint64_t kJoinFactor = 2;

/// Runs from which those of a size are merged.
size_t run_count_due(const CompactionOptions& options) {
  return std::max<size_t>(options.min_compaction_files, 2);
}

/// Runs from which the newest are merged, of whatever sizes: with k runs a byte of n flushes is written about k n^(1/k)
/// times, so a few more save much.
size_t run_count_max(const CompactionOptions& options) { return 2 * run_count_due(options); }

/// Everything, when what may be superseded is too much beside the oldest run.
std::optional<CompactionPlan> plan_for_space(const std::vector<SortedRun>& runs,
                                             const CompactionOptions& options) {
  if (runs.size() < 2 || free_count(runs, 0) < runs.size()) return std::nullopt;
  const uint64_t newer = bytes_of(runs, 0, runs.size() - 1);
  const auto limit = static_cast<double>(runs.back().bytes) *
                     static_cast<double>(options.max_size_amplification_percent) / 100.0;
  if (static_cast<double>(newer) < limit) return std::nullopt;
  return plan_runs(runs, 0, runs.size());
}

/// The newest row of runs each of which is at most a little larger than all before it together.
std::optional<CompactionPlan> plan_by_ratio(const std::vector<SortedRun>& runs,
                                            const CompactionOptions& options) {
  for (size_t first = 0; first + 1 < runs.size(); ++first) {
    if (runs[first].is_busy) continue;
    const size_t count_max = std::min<size_t>(free_count(runs, first), options.max_merge_width);
    uint64_t bytes = runs[first].bytes;
    size_t count = 1;
    for (; count < count_max; ++count) {
      const uint64_t next = runs[first + count].bytes;
      const auto limit =
          static_cast<double>(bytes) * (100.0 + static_cast<double>(options.size_ratio_percent)) / 100.0;
      if (static_cast<double>(next) > limit) break;
      bytes += next;
    }
    if (count >= 2) return plan_runs(runs, first, count);
  }
  return std::nullopt;
}

/// The newest runs, so that fewer are left than there may be, and those behind them that are not much larger: else the
/// newest would be written again at each flush.
std::optional<CompactionPlan> plan_by_count(const std::vector<SortedRun>& runs,
                                            const CompactionOptions& options) {
  if (runs.size() < run_count_max(options)) return std::nullopt;
  const size_t surplus = runs.size() - run_count_max(options) + 2;
  size_t first = 0;
  while (first < runs.size() && runs[first].is_busy) ++first;
  const size_t count_max = std::min(free_count(runs, first), std::max<size_t>(options.max_merge_width, 2));
  size_t count = 0;
  uint64_t bytes = 0;
  while (count < count_max && (count < surplus || runs[first + count].bytes <= kJoinFactor * bytes))
    bytes += runs[first + count++].bytes;
  if (count < 2) return std::nullopt;
  return plan_runs(runs, first, count);
}

}  // namespace

std::optional<CompactionPlan> pick_universal_compaction(const Version& version,
                                                        const CompactionOptions& options,
                                                        const BusyTables& busy) {
  const std::vector<SortedRun> runs = sorted_runs(version, busy);
  std::optional<CompactionPlan> plan;
  if (runs.size() >= run_count_due(options)) {
    plan = plan_for_space(runs, options);
    if (!plan) plan = plan_by_ratio(runs, options);
    if (!plan) plan = plan_by_count(runs, options);
    if (plan) {
      plan->score = static_cast<double>(runs.size()) / static_cast<double>(run_count_due(options));
      return plan;
    }
  }
  plan = plan_run_deletes(version, runs, options, busy);
  if (plan) plan->score = 1;
  return plan;
}

uint64_t universal_debt(const Version& version, const CompactionOptions& options) {
  CompactionOptions without_deletes = options;
  without_deletes.delete_ratio = 0;
  const std::optional<CompactionPlan> plan = pick_universal_compaction(version, without_deletes, {});
  return plan ? plan->input_bytes() : 0;
}

}  // namespace wombat
