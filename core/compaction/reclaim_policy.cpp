#include "compaction/reclaim_policy.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace wombat {

namespace {

/// Level 0 goes down when it points to this part of what level 1 points to ...
constexpr uint64_t kPointedShare = 4;
/// ... and the tables of both are at most this part of that.
constexpr uint64_t kTableShare = 8;

uint64_t bytes_in(const TableInfo& table, const std::set<uint64_t>& files) {
  uint64_t bytes = 0;
  for (const ValueUse& use : table.values)
    if (files.contains(use.file)) bytes += use.bytes;
  return bytes;
}

}  // namespace

void add_live_bytes(const Version& version, ValueFileUses* uses) {
  for (const Level& level : version.levels)
    for (const Run& run : level.runs)
      for (const TablePtr& table : run.tables)
        for (const ValueUse& use : table->info.values) (*uses)[use.file].live_bytes += use.bytes;
}

std::set<uint64_t> dying_files(const ValueFileUses& uses, double dead_ratio) {
  std::set<uint64_t> dying;
  for (const auto& [number, use] : uses) {
    if (!use.is_full || use.live_bytes == 0 || use.live_bytes >= use.size) continue;
    const auto dead = static_cast<double>(use.size - use.live_bytes);
    if (dead >= dead_ratio * static_cast<double>(use.size)) dying.insert(number);
  }
  return dying;
}

std::set<uint64_t> dying_files_within(const ValueFileUses& uses, double dead_ratio, uint64_t live_bytes_max) {
  std::vector<std::pair<double, uint64_t>> by_share;
  for (const uint64_t number : dying_files(uses, dead_ratio)) {
    const ValueFileUse& use = uses.at(number);
    by_share.emplace_back(static_cast<double>(use.live_bytes) / static_cast<double>(use.size), number);
  }
  std::sort(by_share.begin(), by_share.end());
  std::set<uint64_t> chosen;
  uint64_t live_bytes = 0;
  for (const auto& [share, number] : by_share) {
    live_bytes += uses.at(number).live_bytes;
    if (!chosen.empty() && live_bytes > live_bytes_max) break;
    chosen.insert(number);
  }
  return chosen;
}

std::optional<CompactionPlan> plan_reclaim(const Version& version, const std::set<uint64_t>& files,
                                           const BusyTables& busy) {
  if (files.empty()) return std::nullopt;
  std::optional<CompactionPlan> best;
  uint64_t most = 0;
  for (uint32_t level = 0; level < version.levels.size(); ++level) {
    for (const Run& run : version.levels[level].runs) {
      for (const TablePtr& table : run.tables) {
        const uint64_t bytes = bytes_in(table->info, files);
        if (bytes <= most || busy.count(table->info.number) != 0) continue;
        most = bytes;
        best.emplace();
        best->output_level = level;
        best->output_run_id = run.id;
        best->inputs.push_back({level, run.id, {table}});
        best->score = 1;
      }
    }
  }
  return best;
}

bool values_want_merge(const Version& version) {
  if (version.levels.size() < 2) return false;
  const uint64_t pointed = version.levels[0].pointed_bytes();
  if (pointed == 0 || pointed < version.levels[1].pointed_bytes() / kPointedShare) return false;
  return version.levels[0].bytes() + version.levels[1].bytes() <= pointed / kTableShare;
}

}  // namespace wombat
