#include "compaction/fifo_policy.h"

#include <algorithm>

#include "compaction/plan_parts.h"
#include "compaction/sorted_runs.h"

namespace wombat {

namespace {

/// When everything in a run was written; 0: not known.
uint64_t newest_us_of(const Run& run) {
  uint64_t newest = 0;
  for (const TablePtr& table : run.tables) {
    if (table->info.newest_us == 0) return 0;
    newest = std::max(newest, table->info.newest_us);
  }
  return newest;
}

/// The first of `runs`, which are in the order of age, that is too old: those behind it are as well, also when their own
/// time is not known.
size_t first_too_old(const std::vector<SortedRun>& runs, const CompactionOptions& options) {
  if (options.fifo_max_age_us == 0 || options.now_us <= options.fifo_max_age_us) return runs.size();
  const uint64_t limit = options.now_us - options.fifo_max_age_us;
  for (size_t i = 0; i < runs.size(); ++i) {
    const uint64_t newest = newest_us_of(*runs[i].run);
    if (newest != 0 && newest < limit) return i;
  }
  return runs.size();
}

/// Adds tables of a run to what goes, the oldest first, until `surplus` bytes do. False: one of them is busy, and what is
/// newer must not go before it, or what that had hidden would be seen again.
bool add_oldest(const SortedRun& run, uint64_t* surplus, const BusyTables& busy, CompactionPlan* plan) {
  CompactionPlan::Input input{run.level, run.run->id, {}};
  std::vector<TablePtr> tables = run.run->tables;
  std::stable_sort(tables.begin(), tables.end(), [](const TablePtr& a, const TablePtr& b) {
    return std::pair(a->info.newest_us, a->info.number) < std::pair(b->info.newest_us, b->info.number);
  });
  for (const TablePtr& table : tables) {
    if (*surplus == 0) break;
    if (busy.count(table->info.number) != 0) return false;
    *surplus -= std::min(*surplus, table->info.file_size);
    input.tables.push_back(table);
  }
  if (!input.tables.empty()) plan->inputs.insert(plan->inputs.begin(), std::move(input));
  return true;
}

std::optional<CompactionPlan> plan_drop(const std::vector<SortedRun>& runs, const CompactionOptions& options,
                                        const BusyTables& busy) {
  CompactionPlan plan;
  plan.is_drop = true;
  const size_t too_old = first_too_old(runs, options);
  const uint64_t kept = bytes_of(runs, 0, too_old);
  uint64_t surplus =
      options.fifo_max_size != 0 && kept > options.fifo_max_size ? kept - options.fifo_max_size : 0;
  for (size_t i = runs.size(); i-- > 0;) {
    uint64_t all = UINT64_MAX;
    if (i < too_old && surplus == 0) break;
    if (!add_oldest(runs[i], i >= too_old ? &all : &surplus, busy, &plan)) break;
  }
  if (plan.inputs.empty()) return std::nullopt;
  plan.output_level = plan.inputs.back().level;
  plan.output_run_id = plan.inputs.back().run_id;
  plan.score = 2;
  return plan;
}

}  // namespace

std::optional<CompactionPlan> pick_fifo_compaction(const Version& version, const CompactionOptions& options,
                                                   const BusyTables& busy) {
  const std::vector<SortedRun> runs = sorted_runs(version, busy);
  if (std::optional<CompactionPlan> plan = plan_drop(runs, options, busy)) return plan;
  for (const SortedRun& run : runs) {
    for (const TablePtr& table : run.run->tables) {
      if (busy.count(table->info.number) != 0 || !has_expired(table->info, options)) continue;
      CompactionPlan plan = plan_rewrite(*run.run, run.level, table);
      plan.score = 1;
      return plan;
    }
  }
  return std::nullopt;
}

std::optional<uint64_t> next_fifo_drop_us(const Version& version, const CompactionOptions& options) {
  std::optional<uint64_t> next;
  if (options.fifo_max_age_us == 0) return next;
  for (const Level& level : version.levels) {
    for (const Run& run : level.runs) {
      const uint64_t newest = newest_us_of(run);
      if (newest == 0 || newest > UINT64_MAX - options.fifo_max_age_us - 1) continue;
      const uint64_t due = newest + options.fifo_max_age_us + 1;
      next = std::min(next.value_or(due), due);
    }
  }
  return next;
}

uint64_t fifo_debt(const Version& version, const CompactionOptions& options) {
  const std::optional<CompactionPlan> plan = plan_drop(sorted_runs(version, {}), options, {});
  return plan ? plan->input_bytes() : 0;
}

}  // namespace wombat
