#include "db/ingestion.h"

#include <algorithm>

namespace wombat {

namespace {

bool overlaps(const TableInfo& a, const TableInfo& b) {
  return compare_bytes(a.smallest_key, b.largest_key) <= 0 &&
         compare_bytes(b.smallest_key, a.largest_key) <= 0;
}

bool overlaps(const Level& level, const TableInfo& info) {
  const Bytes smallest = info.smallest_key;
  const Bytes largest = info.largest_key;
  return std::any_of(level.runs.begin(), level.runs.end(),
                     [&](const Run& run) { return !Version::overlapping(run, &smallest, &largest).empty(); });
}

/// What a compaction writes may lie anywhere between the first and the last key of its inputs.
bool may_write_over(const CompactionPlan& plan, const TableInfo& info) {
  TableInfo hull;
  bool is_first = true;
  for (const CompactionPlan::Input& input : plan.inputs) {
    for (const TablePtr& table : input.tables) {
      if (is_first || table->info.smallest_key < hull.smallest_key)
        hull.smallest_key = table->info.smallest_key;
      if (is_first || table->info.largest_key > hull.largest_key) hull.largest_key = table->info.largest_key;
      is_first = false;
    }
  }
  return !is_first && overlaps(hull, info);
}

}  // namespace

Status Ingestion::arrange() {
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.info.smallest_key < b.info.smallest_key; });
  for (size_t i = 1; i < files.size(); ++i) {
    if (!overlaps(files[i - 1].info, files[i].info)) continue;
    return Status::invalid_argument(
        files[i - 1].path + " and " + files[i].path + " overlap: the one ends with key \"" +
        escape_bytes(files[i - 1].info.largest_key) + "\", the other begins with \"" +
        escape_bytes(files[i].info.smallest_key) + "\"");
  }
  return Status::ok();
}

uint32_t deepest_free_level(const Version& version, const std::vector<const CompactionPlan*>& running,
                            const TableInfo& info) {
  uint32_t found = 0;
  for (uint32_t level = 0; level < version.levels.size(); ++level) {
    if (overlaps(version.levels[level], info)) break;
    const bool is_taken = std::any_of(running.begin(), running.end(), [&](const CompactionPlan* plan) {
      return plan->output_level == level && may_write_over(*plan, info);
    });
    if (!is_taken) found = level;
  }
  return found;
}

}  // namespace wombat
