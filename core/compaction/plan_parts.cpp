#include "compaction/plan_parts.h"

#include <algorithm>

#include "compaction/leveled_policy.h"

namespace wombat {

namespace {

/// While nobody writes, so many times fewer deletes are worth a compaction.
constexpr double kRestDivisor = 4;
/// Deletes that a scan does not notice.
constexpr uint64_t kDeadDeletesMin = 64;

struct KeyRange {
  Bytes smallest;
  Bytes largest;
  void include(const TableInfo& info, bool is_first) {
    if (is_first || Bytes(info.smallest_key) < smallest) smallest = info.smallest_key;
    if (is_first || Bytes(info.largest_key) > largest) largest = info.largest_key;
  }
};

KeyRange range_of(const CompactionPlan& plan) {
  KeyRange range;
  bool is_first = true;
  for (const CompactionPlan::Input& input : plan.inputs) {
    for (const TablePtr& table : input.tables) {
      range.include(table->info, is_first);
      is_first = false;
    }
  }
  return range;
}

}  // namespace

bool has_busy_table(const std::vector<TablePtr>& tables, const BusyTables& busy) {
  return std::any_of(tables.begin(), tables.end(),
                     [&](const TablePtr& table) { return busy.count(table->info.number) != 0; });
}

bool inputs_are_disjoint(const CompactionPlan& plan) {
  std::vector<const TableInfo*> infos;
  for (const CompactionPlan::Input& input : plan.inputs)
    for (const TablePtr& table : input.tables) infos.push_back(&table->info);
  std::sort(infos.begin(), infos.end(),
            [](const TableInfo* a, const TableInfo* b) { return a->smallest_key < b->smallest_key; });
  for (size_t i = 1; i < infos.size(); ++i)
    if (infos[i]->smallest_key <= infos[i - 1]->largest_key) return false;
  return true;
}

CompactionPlan plan_rewrite(const Run& run, uint32_t level, const TablePtr& table) {
  CompactionPlan plan;
  plan.output_level = level;
  plan.output_run_id = run.id;
  plan.inputs.push_back({level, run.id, {table}});
  return plan;
}

double delete_share(const CompactionOptions& options) {
  return options.is_resting ? options.delete_ratio / kRestDivisor : options.delete_ratio;
}

bool has_expired(const TableInfo& info, const CompactionOptions& options) {
  const uint64_t expired = expired_count(info, options.now_us);
  if (expired == 0 || options.delete_ratio <= 0) return false;
  return static_cast<double>(expired + info.delete_count) >=
         options.delete_ratio * static_cast<double>(std::max<uint64_t>(info.entry_count, 1));
}

bool is_dead_ground(const TableInfo& info, const CompactionOptions& options) {
  return std::any_of(options.dead_grounds.begin(), options.dead_grounds.end(), [&](const DeadGround& ground) {
    return info.delete_count >= kDeadDeletesMin && info.timestamp_min <= options.seen_by_all &&
           info.smallest_key <= ground.upper && info.largest_key >= ground.lower;
  });
}

VersionPtr older_than(const Version& version, const CompactionPlan& plan) {
  auto older = std::make_shared<Version>(static_cast<uint32_t>(version.levels.size()));
  BusyTables inputs;
  for (const CompactionPlan::Input& input : plan.inputs)
    for (const TablePtr& table : input.tables) inputs.insert(table->info.number);
  for (size_t level = plan.output_level; level < version.levels.size(); ++level) {
    for (const Run& run : version.levels[level].runs) {
      if (level == plan.output_level && run.id >= plan.output_run_id) continue;
      Run left{run.id, {}};
      for (const TablePtr& table : run.tables)
        if (inputs.count(table->info.number) == 0) left.tables.push_back(table);
      if (!left.tables.empty()) older->levels[level].runs.push_back(std::move(left));
    }
  }
  return older;
}

bool add_overlapping_output(const Version& version, const BusyTables& busy, CompactionPlan* plan) {
  if (busy.count(kDeepRunsBusy) != 0) return false;
  const KeyRange range = range_of(*plan);
  std::vector<TablePtr> below;
  for (const Run& run : version.levels[plan->output_level].runs) {
    below = Version::overlapping(run, &range.smallest, &range.largest);
    if (has_busy_table(below, busy)) return false;
    if (!below.empty()) plan->inputs.push_back({plan->output_level, run.id, std::move(below)});
  }
  const bool has_overlap = plan->inputs.back().level == plan->output_level;
  plan->is_trivial_move = !has_overlap && inputs_are_disjoint(*plan);
  return true;
}

}  // namespace wombat
