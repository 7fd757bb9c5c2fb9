#include "compaction/level0_policy.h"

#include <algorithm>

#include "compaction/plan_parts.h"
#include "compaction/reclaim_policy.h"

namespace wombat {

namespace {

/// Where reads count, level 0 goes down when it is this part of level 1 ...
constexpr uint64_t kLevel1Share = 2;
/// ... or this part of what level 1 may hold.
constexpr uint64_t kBaseSizeShare = 4;

/// Where nobody reads: twice as many runs make a tier, and level 0 goes down when it is twice level 1, but never
/// below half nor above three quarters of what level 1 may hold: what that costs in space stays bounded.
constexpr size_t kUnreadCountFactor = 2;
constexpr uint64_t kUnreadLevel1Factor = 2;
/// A merge within level 0 then makes at most this part of what goes down: a larger run would be rewritten once more
/// for nothing.
constexpr uint64_t kUnreadTierShare = 3;

uint64_t deeper_bytes(const Version& version) { return version.levels[1].bytes(); }

/// How far level 0 may grow, and in which steps.
struct Level0Limits {
  size_t count_min = 0;         // runs that are worth a merge
  uint64_t bytes_max = 0;       // all of it goes down from here on
  uint64_t tier_bytes_max = 0;  // what a merge within level 0 may make
};

Level0Limits limits_of(const Version& version, const CompactionOptions& options) {
  const uint64_t base = options.base_size_bytes;
  Level0Limits limits;
  limits.count_min = options.min_compaction_files;
  if (!options.reads_are_rare || limits.count_min < 2) {
    limits.bytes_max = std::min(deeper_bytes(version) / kLevel1Share, base / kBaseSizeShare);
    limits.tier_bytes_max = UINT64_MAX;
    return limits;
  }
  // Who allows few runs does not have to wait for more of them.
  limits.count_min = std::clamp<size_t>(options.level0_count_max / 2, limits.count_min,
                                        limits.count_min * kUnreadCountFactor);
  limits.bytes_max = std::clamp(deeper_bytes(version) * kUnreadLevel1Factor, base / 2, base / 4 * 3);
  limits.tier_bytes_max = limits.bytes_max / kUnreadTierShare;
  return limits;
}

/// The merge of the `count` newest runs into one that takes the place and the number of the oldest: a memtable that is
/// still to be flushed may have a number between them, when tables were taken in behind it. It is newer than the oldest.
CompactionPlan plan_tier(const Version& version, size_t count) {
  CompactionPlan plan;
  plan.output_level = 0;
  plan.output_run_id = version.levels[0].runs[count - 1].id;
  for (size_t i = 0; i < count; ++i) {
    const Run& run = version.levels[0].runs[i];
    plan.inputs.push_back({0, run.id, run.tables});
  }
  return plan;
}

/// How many of the newest runs are similar enough: the others together make up at least three quarters of what
/// `count_min` - 1 runs of the largest one's size would, so a merge makes about that many of a kind into one,
/// and a byte takes part in few merges.
size_t similar_count(const std::vector<Run>& runs, size_t free_count, const Level0Limits& limits) {
  const size_t count_min = std::max<size_t>(limits.count_min, 2);
  size_t found = 0;
  uint64_t sum = 0;
  uint64_t largest = 0;
  for (size_t i = 0; i < free_count; ++i) {
    const uint64_t bytes = runs[i].bytes();
    sum += bytes;
    largest = std::max(largest, bytes);
    if (sum > limits.tier_bytes_max) break;
    if (i + 1 >= count_min && 3 * (count_min - 1) * largest <= 4 * (sum - largest)) found = i + 1;
  }
  return found;
}

size_t newest_free_count(const std::vector<Run>& runs, const BusyTables& busy) {
  size_t count = 0;
  while (count < runs.size() && !has_busy_table(runs[count].tables, busy)) ++count;
  return count;
}

}  // namespace

double level0_score(const Version& version, const CompactionOptions& options) {
  const double score =
      static_cast<double>(version.levels[0].runs.size()) / static_cast<double>(options.min_compaction_files);
  return values_want_merge(version) ? std::max(score, 1.0) : score;
}

std::optional<CompactionPlan> plan_level0(const Version& version, const BusyTables& busy) {
  // All runs: they overlap, and the oldest must not be overtaken. Those that arrive later wait for the next one.
  CompactionPlan plan;
  plan.output_level = 1;
  for (const Run& run : version.levels[0].runs) {
    if (has_busy_table(run.tables, busy)) return std::nullopt;
    plan.inputs.push_back({0, run.id, run.tables});
  }
  if (plan.inputs.empty() || !add_overlapping_output(version, busy, &plan)) return std::nullopt;
  return plan;
}

std::optional<CompactionPlan> pick_level0_compaction(const Version& version, const CompactionOptions& options,
                                                     const BusyTables& busy) {
  const std::vector<Run>& runs = version.levels[0].runs;
  const Level0Limits limits = limits_of(version, options);
  const bool values_go_down = values_want_merge(version);
  if (runs.size() < options.min_compaction_files && !values_go_down) return std::nullopt;
  std::optional<CompactionPlan> down = plan_level0(version, busy);
  if (values_go_down) return down;
  if (down && down->is_trivial_move) return down;
  if (runs.size() < limits.count_min) return std::nullopt;
  const bool goes_down = limits.count_min < 2 || version.levels[0].bytes() >= limits.bytes_max;
  if (down && goes_down) return down;
  const size_t free_count = newest_free_count(runs, busy);
  const size_t similar = similar_count(runs, free_count, limits);
  if (similar >= 2) return plan_tier(version, similar);
  if (runs.size() < options.level0_count_max) return std::nullopt;
  if (down || free_count < 2) return down;
  return plan_tier(version, free_count);
}

std::optional<CompactionPlan> plan_level0_at_rest(const Version& version, const CompactionOptions& options,
                                                  const BusyTables& busy) {
  const std::vector<Run>& runs = version.levels[0].runs;
  if (runs.empty()) return std::nullopt;
  const uint64_t level1_bytes = deeper_bytes(version);
  const bool is_cheap = version.levels[0].bytes() >= level1_bytes / options.size_multiplier;
  if (is_cheap) return plan_level0(version, busy);
  if (runs.size() < 2 || newest_free_count(runs, busy) < runs.size()) return std::nullopt;
  return plan_tier(version, runs.size());
}

}  // namespace wombat
