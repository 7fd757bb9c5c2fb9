/// Trees and plans as text, for tests of compaction policies.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>

#include "compaction/compaction_plan.h"

namespace wombat {

inline TablePtr table(uint64_t number, const std::string& smallest, const std::string& largest,
                      uint64_t size) {
  TableInfo info;
  info.number = number;
  info.smallest_key = smallest;
  info.largest_key = largest;
  info.file_size = size;
  info.entry_count = 10;
  return std::make_shared<TableHandle>(info);
}

/// A tree from text, one run a line: "level run-id: number smallest-largest size, ...".
inline Version tree(const std::string& text) {
  Version version(5);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    uint32_t level = 0;
    wombat::Run run;
    char colon = 0;
    if (!(words >> level >> run.id >> colon)) continue;
    uint64_t number = 0;
    uint64_t size = 0;
    std::string range;
    while (words >> number >> range >> size) {
      const size_t dash = range.find('-');
      run.tables.push_back(table(number, range.substr(0, dash), range.substr(dash + 1), size));
    }
    version.levels[level].runs.push_back(std::move(run));
  }
  EXPECT_TRUE(version.check()) << version.check().to_string();
  return version;
}

/// "0:5 0:4 1:2 > 1" and " moved" for a trivial move.
inline std::string text_of(const std::optional<CompactionPlan>& plan) {
  if (!plan) return "nothing";
  std::string text;
  for (const CompactionPlan::Input& input : plan->inputs)
    for (const TablePtr& one : input.tables)
      text += std::to_string(input.level) + ":" + std::to_string(one->info.number) + " ";
  return text + "> " + std::to_string(plan->output_level) + (plan->is_trivial_move ? " moved" : "");
}

/// Carries out a plan on the data: what a merge would leave, as one table for each input key range.
inline void carry_out(Version* version, const CompactionPlan& plan, uint64_t number) {
  std::string smallest = "~";
  std::string largest;
  for (const CompactionPlan::Input& input : plan.inputs) {
    for (const TablePtr& one : input.tables) {
      smallest = std::min(smallest, one->info.smallest_key);
      largest = std::max(largest, one->info.largest_key);
      for (Run& run : version->levels[input.level].runs) std::erase(run.tables, one);
    }
  }
  for (Level& level : version->levels)
    std::erase_if(level.runs, [](const Run& run) { return run.tables.empty(); });
  std::vector<Run>& runs = version->levels[plan.output_level].runs;
  const auto is_newer = [&](const Run& run) { return run.id > plan.output_run_id; };
  auto place = std::partition_point(runs.begin(), runs.end(), is_newer);
  if (place == runs.end() || place->id != plan.output_run_id)
    place = runs.insert(place, {plan.output_run_id, {}});
  std::vector<TablePtr>& tables = place->tables;
  tables.push_back(table(number, smallest, largest, plan.input_bytes()));
  std::sort(tables.begin(), tables.end(),
            [](const TablePtr& a, const TablePtr& b) { return a->info.smallest_key < b->info.smallest_key; });
}

}  // namespace wombat
