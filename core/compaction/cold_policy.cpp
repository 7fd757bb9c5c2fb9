#include "compaction/cold_policy.h"

namespace wombat {

namespace {

/// Far behind everything that is due: what is cold can wait.
constexpr double kScore = 0.001;

bool is_old(uint64_t newest_us, const ColdRules& rules) {
  return rules.age_us != 0 && newest_us != 0 && newest_us <= rules.now_us &&
         rules.now_us - newest_us >= rules.age_us;
}

}  // namespace

bool belongs_in_cold(uint32_t level, uint64_t newest_us, const ColdRules& rules) {
  return (rules.level != 0 && level >= rules.level) || is_old(newest_us, rules);
}

std::optional<CompactionPlan> plan_cold_move(const Version& version, const ColdRules& rules,
                                             const BusyTables& busy) {
  if (rules.level == 0 && rules.age_us == 0) return std::nullopt;
  for (uint32_t level = static_cast<uint32_t>(version.levels.size()); level-- > 0;) {
    if (level > 0 && busy.count(kDeepRunsBusy) != 0) continue;
    for (const Run& run : version.levels[level].runs) {
      for (const TablePtr& table : run.tables) {
        if (table->info.is_cold || !belongs_in_cold(level, table->info.newest_us, rules) ||
            busy.count(table->info.number) != 0)
          continue;
        CompactionPlan plan;
        plan.output_level = level;
        plan.output_run_id = run.id;
        plan.inputs.push_back({level, run.id, {table}});
        plan.is_cold_move = true;
        plan.score = kScore;
        return plan;
      }
    }
  }
  return std::nullopt;
}

std::optional<uint64_t> next_cold_us(const Version& version, const ColdRules& rules) {
  if (rules.level == 0 && rules.age_us == 0) return std::nullopt;
  std::optional<uint64_t> next;
  for (uint32_t level = 0; level < version.levels.size(); ++level) {
    for (const Run& run : version.levels[level].runs) {
      for (const TablePtr& table : run.tables) {
        if (table->info.is_cold) continue;
        if (belongs_in_cold(level, table->info.newest_us, rules)) return 0;
        if (rules.age_us == 0 || table->info.newest_us == 0) continue;
        const uint64_t due_us = table->info.newest_us + rules.age_us;
        if (!next || due_us < *next) next = due_us;
      }
    }
  }
  return next;
}

}  // namespace wombat
