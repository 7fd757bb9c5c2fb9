#include "compaction/live_bytes.h"

#include <algorithm>

namespace wombat {

namespace {

/// Runs from the newest to the oldest.
std::vector<const Run*> runs_of(const Version& version) {
  std::vector<const Run*> runs;
  for (const Level& level : version.levels)
    for (const Run& run : level.runs) runs.push_back(&run);
  return runs;
}

bool lies_alone(const TableInfo& table, const std::vector<const Run*>& runs, size_t next) {
  const Bytes smallest(table.smallest_key);
  const Bytes largest(table.largest_key);
  for (size_t i = next; i < runs.size(); ++i) {
    const size_t at = runs[i]->find(smallest);
    if (at < runs[i]->tables.size() && compare_bytes(runs[i]->tables[at]->info.smallest_key, largest) <= 0)
      return false;
  }
  return true;
}

uint64_t part_of(double share, uint64_t bytes) {
  return static_cast<uint64_t>(share * static_cast<double>(bytes));
}

}  // namespace

double live_share(const TableInfo& table) {
  const uint64_t all = table.key_bytes + table.value_bytes;
  if (all == 0 || table.shadowed_bytes == 0) return 1;
  return static_cast<double>(all - std::min(all, table.shadowed_bytes)) / static_cast<double>(all);
}

LiveBytes live_bytes(const Version& version) {
  LiveBytes live;
  const std::vector<const Run*> runs = runs_of(version);
  uint64_t entries = 0;  // that lie alone
  uint64_t deletes = 0;  // above them
  uint64_t hidden = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    for (const TablePtr& table : runs[i]->tables) {
      const TableInfo& info = table->info;
      if (!lies_alone(info, runs, i + 1)) {
        deletes += info.delete_count;
        hidden += info.range_bytes;
        continue;
      }
      entries += info.entry_count;
      live.tables += part_of(live_share(info), info.file_size);
      const uint64_t pointed = info.pointed_bytes();
      live.values += pointed - std::min(pointed, info.shadowed_value_bytes);
    }
  }
  if (entries == 0 || live.total() == 0) return live;
  const double each = static_cast<double>(live.total()) / static_cast<double>(entries);
  const double gone = each * static_cast<double>(deletes) + static_cast<double>(hidden);
  const double left = 1 - std::min(gone / static_cast<double>(live.total()), 1.0);
  live.tables = part_of(left, live.tables);
  live.values = part_of(left, live.values);
  return live;
}

uint64_t shadowed_bytes(const Version& version) {
  uint64_t sum = 0;
  for (const Level& level : version.levels) {
    for (const Run& run : level.runs) {
      for (const TablePtr& table : run.tables)
        sum += part_of(1 - live_share(table->info), table->info.file_size) + table->info.shadowed_value_bytes;
    }
  }
  return sum;
}

}  // namespace wombat
