#include "compaction/space_policy.h"

#include <algorithm>

#include "compaction/live_bytes.h"
#include "compaction/plan_parts.h"
#include "compaction/sorted_runs.h"

namespace wombat {

namespace {

/// What a merge writes besides the entries: a table's index and footer, and what is rounded up to blocks.
constexpr uint64_t kNeededMin = 32 * 1024;
constexpr uint64_t kNeededShare = 16;
/// A rewrite in place is worth it when this part of the table goes, however near the ceiling is.
constexpr double kGoneShareMin = 0.02;

/// Keeps the best of the compactions that it is shown.
class Choice {
 public:
  Choice(const SpaceLimits& limits, uint64_t* least_needed) : limits_(limits), least_needed_(least_needed) {
    *least_needed_ = 0;
  }

  /// `freed`: bytes that are there no more when it is done, about.
  void offer(CompactionPlan plan, double freed) {
    const uint64_t needed = plan.is_trivial_move ? 0 : space_needed(plan, limits_.dying);
    if (needed != 0 && (*least_needed_ == 0 || needed < *least_needed_)) *least_needed_ = needed;
    if (!limits_.takes_smallest && needed > limits_.room) return;
    const double worth = limits_.takes_smallest ? 1.0 / static_cast<double>(needed + 1)
                                                : freed / static_cast<double>(needed + 1);
    if (best_ && worth <= worth_) return;
    worth_ = worth;
    best_ = std::move(plan);
    best_->score = 1;
  }

  std::optional<CompactionPlan> take() {
    if (best_) *least_needed_ = 0;
    return std::move(best_);
  }

 private:
  const SpaceLimits& limits_;
  uint64_t* const least_needed_;
  std::optional<CompactionPlan> best_;
  double worth_ = 0;
};

/// Entries in place that nobody sees any more.
void offer_rewrites(const Version& version, const CompactionOptions& options, const BusyTables& busy,
                    Choice* choice) {
  if (busy.count(kDeepRunsBusy) != 0) return;
  for (uint32_t level = 0; level < version.levels.size(); ++level) {
    for (const Run& run : version.levels[level].runs) {
      for (const TablePtr& table : run.tables) {
        const TableInfo& info = table->info;
        if (info.shadowed_bytes == 0 || info.timestamp_max > options.seen_by_all ||
            busy.count(info.number) != 0) {
          continue;
        }
        const double gone = (1 - live_share(info)) * static_cast<double>(info.file_size) +
                            static_cast<double>(info.shadowed_value_bytes);
        if (gone >= kGoneShareMin * static_cast<double>(info.file_size + info.pointed_bytes()))
          choice->offer(plan_rewrite(run, level, table), gone);
      }
    }
  }
}

bool is_last(const Version& version, uint32_t level) {
  for (size_t deeper = level + 1; deeper < version.levels.size(); ++deeper)
    if (!version.levels[deeper].runs.empty()) return false;
  return true;
}

/// Tables of a run that has nothing older in its level go down, one by one, and take the place of what they supersede.
void offer_descents(const Version& version, uint32_t level, const Run& run, const BusyTables& busy,
                    Choice* choice) {
  for (const TablePtr& table : run.tables) {
    if (busy.count(table->info.number) != 0) continue;
    CompactionPlan plan;
    plan.output_level = level + 1;
    plan.inputs.push_back({level, run.id, {table}});
    if (!add_overlapping_output(version, busy, &plan)) continue;
    const uint64_t below = plan.input_bytes() - table->info.file_size;
    const uint64_t superseded = std::min<uint64_t>(table->info.file_size, below);
    // What points to values supersedes values of about that size.
    const uint64_t values = std::min(table->info.pointed_bytes(), version.levels[level + 1].pointed_bytes());
    choice->offer(std::move(plan), static_cast<double>(superseded + values + 1));
  }
}

/// The oldest runs of level 0 that are like the oldest one, as many as fit, become one: cut so that its tables can go down
/// one by one.
bool offer_level0_merges(const Version& version, const BusyTables& busy, const SpaceLimits& limits,
                         Choice* choice) {
  const std::vector<Run>& runs = version.levels[0].runs;
  if (runs.size() < 2) return false;
  uint64_t newer = 0;
  for (size_t i = 0; i + 1 < runs.size(); ++i) newer += runs[i].bytes();
  if (newer < runs.back().bytes() && !is_last(version, 0)) return false;
  bool has_offered = false;
  for (size_t count = 2; count <= runs.size(); ++count) {
    CompactionPlan plan;
    plan.output_run_id = runs.back().id;
    for (size_t i = runs.size() - count; i < runs.size(); ++i) {
      if (has_busy_table(runs[i].tables, busy)) return has_offered;
      plan.inputs.push_back({0, runs[i].id, runs[i].tables});
    }
    const double freed = static_cast<double>(plan.input_bytes() - runs[runs.size() - count].bytes());
    const bool fits = limits.takes_smallest || space_needed(plan, limits.dying) <= limits.room;
    if (!fits && count > 2) return has_offered;
    has_offered = has_offered || fits;
    // As many as possible: each is written again for each merge.
    choice->offer(std::move(plan), freed * static_cast<double>(count));
  }
  return has_offered;
}

/// A table of level 0 that lies above too much is cut, in place.
void offer_cuts(const Version& version, const Run& run, const BusyTables& busy, const SpaceLimits& limits,
                Choice* choice) {
  for (const TablePtr& table : run.tables) {
    if (busy.count(table->info.number) != 0) continue;
    const Bytes smallest(table->info.smallest_key);
    const Bytes largest(table->info.largest_key);
    uint64_t below = 0;
    size_t count = 0;
    for (const Run& deeper : version.levels[1].runs) {
      for (const TablePtr& other : Version::overlapping(deeper, &smallest, &largest)) {
        below += other->info.file_size;
        ++count;
      }
    }
    // Not what has been cut already.
    const bool is_wide = count > 4 && below > 4 * limits.cut_bytes;
    if (is_wide && below + table->info.file_size > limits.room) choice->offer(plan_rewrite(run, 0, table), 1);
  }
}

/// The tiers of styles that merge whole runs: from the oldest on, as many as fit.
void offer_runs(const Version& version, const BusyTables& busy, Choice* choice) {
  const std::vector<SortedRun> runs = sorted_runs(version, busy);
  for (size_t first = runs.size(); first-- > 0;) {
    if (runs[first].is_busy) return;
    const size_t count = runs.size() - first;
    if (count < 2) continue;
    CompactionPlan plan = plan_runs(runs, first, count);
    const uint64_t newer = bytes_of(runs, first, count - 1);
    choice->offer(std::move(plan), static_cast<double>(std::min(newer, runs.back().bytes) + 1));
  }
}

}  // namespace

uint64_t space_needed(const CompactionPlan& plan, const std::set<uint64_t>& dying) {
  if (plan.is_drop) return 0;
  uint64_t bytes = 0;
  for (const CompactionPlan::Input& input : plan.inputs) {
    for (const TablePtr& table : input.tables) {
      bytes += table->info.file_size;
      for (const ValueUse& use : table->info.values)
        if (dying.contains(use.file)) bytes += use.bytes;
    }
  }
  return bytes + bytes / kNeededShare + kNeededMin;
}

std::optional<CompactionPlan> pick_space_compaction(const Version& version, const CompactionOptions& options,
                                                    const BusyTables& busy, const SpaceLimits& limits,
                                                    uint64_t* least_needed) {
  Choice choice(limits, least_needed);
  if (options.style == CompactionStyle::kFifo) return std::nullopt;
  offer_rewrites(version, options, busy, &choice);
  if (options.style != CompactionStyle::kLeveled) {
    offer_runs(version, busy, &choice);
    return choice.take();
  }
  if (busy.count(kDeepRunsBusy) != 0) return choice.take();
  for (uint32_t level = 1; level + 1 < version.levels.size(); ++level) {
    if (version.levels[level].runs.empty() || is_last(version, level)) continue;
    offer_descents(version, level, version.levels[level].runs[0], busy, &choice);
  }
  const std::vector<Run>& upper = version.levels[0].runs;
  if (!upper.empty() && !offer_level0_merges(version, busy, limits, &choice)) {
    const bool is_needed = upper.size() > 1 || !is_last(version, 0);
    if (is_needed) offer_descents(version, 0, upper.back(), busy, &choice);
    if (is_needed) offer_cuts(version, upper.back(), busy, limits, &choice);
  }
  return choice.take();
}

std::vector<std::string> space_cuts(const Version& version, uint32_t level, uint64_t bytes) {
  std::vector<std::string> cuts;
  for (size_t deeper = level + 1; deeper < version.levels.size(); ++deeper) {
    if (version.levels[deeper].runs.empty()) continue;
    uint64_t sum = 0;
    for (const TablePtr& table : version.levels[deeper].runs[0].tables) {
      if (sum != 0 && sum + table->info.file_size > bytes) {
        cuts.push_back(table->info.smallest_key);
        sum = 0;
      }
      sum += table->info.file_size;
    }
    return cuts;
  }
  return cuts;
}

}  // namespace wombat
