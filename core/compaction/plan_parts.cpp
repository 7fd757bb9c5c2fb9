#include "compaction/plan_parts.h"

#include <algorithm>

namespace wombat {

namespace {

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

}  // namespace

bool has_busy_table(const std::vector<TablePtr>& tables, const BusyTables& busy) {
  return std::any_of(tables.begin(), tables.end(),
                     [&](const TablePtr& table) { return busy.count(table->info.number) != 0; });
}

bool add_overlapping_output(const Version& version, const BusyTables& busy, CompactionPlan* plan) {
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
