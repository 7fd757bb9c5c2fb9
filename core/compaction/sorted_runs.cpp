#include "compaction/sorted_runs.h"

#include <algorithm>

#include "compaction/leveled_policy.h"
#include "compaction/plan_parts.h"

namespace wombat {

namespace {

bool is_moved_only(const CompactionPlan& plan) {
  for (const CompactionPlan::Input& input : plan.inputs)
    for (const TablePtr& table : input.tables)
      if (table->info.delete_count != 0 || table->info.range_count != 0) return false;
  return inputs_are_disjoint(plan);
}

/// A run whose deletes are worth merging it with all that is older.
bool is_full_of_deletes(const SortedRun& run, const CompactionOptions& options) {
  if (run.delete_count == 0) return false;
  return static_cast<double>(run.delete_count) >=
         delete_share(options) * static_cast<double>(std::max<uint64_t>(run.entry_count, 1));
}

bool has_dead_ground(const Run& run, const CompactionOptions& options) {
  return std::any_of(run.tables.begin(), run.tables.end(),
                     [&](const TablePtr& table) { return is_dead_ground(table->info, options); });
}

/// Bytes that range deletes of these runs hide.
uint64_t hidden_bytes(const Run& run) {
  uint64_t bytes = 0;
  for (const TablePtr& table : run.tables) bytes += table->info.range_bytes;
  return bytes;
}

/// Deletes of the oldest run hide nothing any more: they are there because somebody could see what they hid.
std::optional<CompactionPlan> plan_oldest(const SortedRun& oldest, const CompactionOptions& options,
                                          const BusyTables& busy) {
  for (const TablePtr& table : oldest.run->tables) {
    const TableInfo& info = table->info;
    const bool is_worth_it =
        info.delete_count != 0 && (static_cast<double>(info.delete_count) >=
                                       delete_share(options) * static_cast<double>(info.entry_count) ||
                                   is_dead_ground(info, options));
    if (is_worth_it && info.range_count == 0 && info.timestamp_max <= options.seen_by_all &&
        busy.count(info.number) == 0) {
      return plan_rewrite(*oldest.run, oldest.level, table);
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<SortedRun> sorted_runs(const Version& version, const BusyTables& busy) {
  std::vector<SortedRun> runs;
  bool is_deep_busy = busy.count(kDeepRunsBusy) != 0;
  for (uint32_t level = 0; level < version.levels.size(); ++level) {
    for (const Run& run : version.levels[level].runs) {
      SortedRun one;
      one.level = level;
      one.run = &run;
      one.is_busy = has_busy_table(run.tables, busy);
      is_deep_busy = is_deep_busy || (level != 0 && one.is_busy);
      for (const TablePtr& table : run.tables) {
        one.bytes += table->info.file_size;
        one.entry_count += table->info.entry_count;
        one.delete_count += table->info.delete_count;
      }
      runs.push_back(one);
    }
  }
  for (SortedRun& run : runs)
    if (run.level != 0 && is_deep_busy) run.is_busy = true;
  return runs;
}

size_t free_count(const std::vector<SortedRun>& runs, size_t first) {
  size_t count = 0;
  while (first + count < runs.size() && !runs[first + count].is_busy) ++count;
  return count;
}

uint64_t bytes_of(const std::vector<SortedRun>& runs, size_t first, size_t count) {
  uint64_t bytes = 0;
  for (size_t i = first; i < first + count; ++i) bytes += runs[i].bytes;
  return bytes;
}

CompactionPlan plan_runs(const std::vector<SortedRun>& runs, size_t first, size_t count) {
  CompactionPlan plan;
  const SortedRun& oldest = runs[first + count - 1];
  plan.output_level = oldest.level;
  plan.output_run_id = oldest.run->id;  // see plan_tier() in level0_policy.cpp
  plan.takes_deep_runs = oldest.level != 0;
  for (size_t i = first; i < first + count; ++i)
    plan.inputs.push_back({runs[i].level, runs[i].run->id, runs[i].run->tables});
  plan.is_trivial_move = count > 1 && is_moved_only(plan);
  return plan;
}

std::optional<CompactionPlan> plan_run_deletes(const Version&, const std::vector<SortedRun>& runs,
                                               const CompactionOptions& options, const BusyTables& busy) {
  if (options.delete_ratio <= 0 || runs.empty()) return std::nullopt;
  for (const SortedRun& run : runs)
    for (const TablePtr& table : run.run->tables)
      if (has_expired(table->info, options) && !run.is_busy) return plan_rewrite(*run.run, run.level, table);
  for (size_t i = 0; i + 1 < runs.size(); ++i) {
    const bool is_dead = has_dead_ground(*runs[i].run, options);
    const uint64_t hidden = hidden_bytes(*runs[i].run);
    if ((!is_dead && hidden == 0 && !is_full_of_deletes(runs[i], options)) || runs[i].is_busy) continue;
    const size_t count = runs.size() - i;
    if (free_count(runs, i) < count) continue;
    uint64_t deletes = 0;
    uint64_t entries = 0;
    for (size_t j = i; j < runs.size(); ++j) {
      if (j + 1 < runs.size()) deletes += runs[j].delete_count;
      entries += runs[j].entry_count;
    }
    const uint64_t share = options.is_resting ? 8 : 4;
    if (!is_dead && deletes < entries / share && hidden < bytes_of(runs, i, count) / 4) continue;
    return plan_runs(runs, i, count);
  }
  return plan_oldest(runs.back(), options, busy);
}

}  // namespace wombat
