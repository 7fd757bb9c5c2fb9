#include "compaction/leveled_policy.h"

#include <algorithm>

#include "compaction/level0_policy.h"
#include "compaction/plan_parts.h"
#include "kv/expiry.h"

namespace wombat {

namespace {

uint64_t level_limit(const CompactionOptions& options, uint32_t level) {
  uint64_t limit = options.base_size_bytes;
  for (uint32_t i = 1; i < level && limit < (uint64_t{1} << 58); ++i) limit *= options.size_multiplier;
  return limit;
}

std::optional<CompactionPlan> plan_tables(const Version& version, uint32_t level,
                                          std::vector<TablePtr> tables, const BusyTables& busy) {
  CompactionPlan plan;
  plan.output_level = level + 1;
  plan.inputs.push_back({level, version.levels[level].runs[0].id, std::move(tables)});
  if (!add_overlapping_output(version, busy, &plan)) return std::nullopt;
  return plan;
}

uint64_t overlap_bytes(const Version& version, uint32_t level, const TableInfo& info) {
  const Bytes smallest = info.smallest_key;
  const Bytes largest = info.largest_key;
  uint64_t bytes = 0;
  for (const Run& run : version.levels[level].runs)
    for (const TablePtr& table : Version::overlapping(run, &smallest, &largest))
      bytes += table->info.file_size;
  return bytes;
}

/// The table of `level` that costs least to push down: least bytes below it for each byte of its own.
std::optional<CompactionPlan> plan_level(const Version& version, uint32_t level, const BusyTables& busy) {
  if (version.levels[level].runs.empty()) return std::nullopt;
  std::vector<std::pair<double, TablePtr>> candidates;
  for (const TablePtr& table : version.levels[level].runs[0].tables) {
    if (busy.count(table->info.number) != 0) continue;
    const double cost = static_cast<double>(overlap_bytes(version, level + 1, table->info)) /
                        static_cast<double>(std::max<uint64_t>(table->info.file_size, 1));
    candidates.emplace_back(cost, table);
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [cost, table] : candidates) {
    if (std::optional<CompactionPlan> plan = plan_tables(version, level, {table}, busy)) return plan;
  }
  return std::nullopt;
}

/// Whether `count` entries are a share of the table that is worth a compaction.
bool is_large_share(const TableInfo& info, uint64_t count, const CompactionOptions& options) {
  return static_cast<double>(count) >=
         delete_share(options) * static_cast<double>(std::max<uint64_t>(info.entry_count, 1));
}

bool is_full_of_deletes(const TableInfo& info, const CompactionOptions& options) {
  const bool is_for_ranges = info.range_count != 0 && info.entry_count == 1;  // one entry, for company
  return !is_for_ranges && info.delete_count != 0 && is_large_share(info, info.delete_count, options);
}

/// Level 0 is merged as a whole with all that it overlaps: too much for few deletes, or little that has expired.
bool deletes_are_worth_it(const CompactionPlan& plan, const CompactionOptions& options) {
  uint64_t gone = 0;
  uint64_t entries = 0;
  for (const CompactionPlan::Input& input : plan.inputs) {
    for (const TablePtr& table : input.tables) {
      if (input.level == 0) gone += table->info.delete_count;
      gone += expired_count(table->info, options.now_us);
      entries += table->info.entry_count;
    }
  }
  return gone >= entries / 4;
}

/// What range deletes hide is taken away at the cost of a merge of all that it lies among.
bool ranges_are_worth_it(const CompactionPlan& plan) {
  uint64_t hidden = 0;
  for (const TablePtr& table : plan.inputs.front().tables) hidden += table->info.range_bytes;
  if (plan.inputs.front().level == 0) {
    for (size_t i = 1; i < plan.inputs.size(); ++i) {
      if (plan.inputs[i].level != 0) continue;
      for (const TablePtr& table : plan.inputs[i].tables) hidden += table->info.range_bytes;
    }
  }
  return hidden >= plan.input_bytes() / 4;
}

/// What a table makes due on `level` that is full of deletes, or has expired, or hides much with range deletes.
std::optional<CompactionPlan> plan_deletes_of(const Version& version, const CompactionOptions& options,
                                              uint32_t level, const BusyTables& busy) {
  const bool is_last = level + 1 == version.levels.size();
  for (const Run& run : version.levels[level].runs) {
    for (const TablePtr& table : run.tables) {
      const TableInfo& info = table->info;
      const bool is_dead = is_dead_ground(info, options);
      const bool is_full = is_full_of_deletes(info, options);
      const bool is_expired = has_expired(info, options);
      const bool hides = info.range_bytes != 0 && !is_last;
      if ((!is_full && !is_expired && !hides && !is_dead) || busy.count(info.number) != 0) continue;
      if (is_expired && level != 0) return plan_rewrite(run, level, table);
      if (is_last && level != 0) {
        // Nothing is below: the deletes are still there because somebody could see what they hid.
        if ((is_full || is_dead) && info.timestamp_max <= options.seen_by_all)
          return plan_rewrite(run, level, table);
        continue;
      }
      std::optional<CompactionPlan> plan =
          level == 0 ? plan_level0(version, busy) : plan_tables(version, level, {table}, busy);
      if (!plan) continue;
      if ((is_full && level != 0) || is_dead) return plan;
      if ((is_full || is_expired) && deletes_are_worth_it(*plan, options)) return plan;
      if (hides && ranges_are_worth_it(*plan)) return plan;
    }
  }
  return std::nullopt;
}

/// Such a table slows scans and keeps space: it goes down even when its level is not full.
std::optional<CompactionPlan> plan_deletes(const Version& version, const CompactionOptions& options,
                                           const BusyTables& busy) {
  if (options.delete_ratio <= 0) return std::nullopt;
  for (uint32_t level = 0; level < version.levels.size(); ++level) {
    std::optional<CompactionPlan> plan = plan_deletes_of(version, options, level, busy);
    if (!plan) continue;
    plan->score = 1;
    plan->is_trivial_move = false;  // moving would keep the deletes
    return plan;
  }
  return std::nullopt;
}

}  // namespace

uint64_t expired_count(const TableInfo& info, uint64_t now_us) {
  if (info.expiring_count == 0 || now_us < info.expiry_min_us) return 0;
  if (now_us >= info.expiry_max_us) return info.expiring_count;
  const double share = static_cast<double>(now_us - info.expiry_min_us) /
                       static_cast<double>(info.expiry_max_us - info.expiry_min_us);
  return static_cast<uint64_t>(share * static_cast<double>(info.expiring_count));
}

std::optional<uint64_t> next_expiry_us(const Version& version, const CompactionOptions& options) {
  std::optional<uint64_t> next;
  if (options.delete_ratio <= 0) return next;
  for (const Level& level : version.levels) {
    for (const Run& run : level.runs) {
      for (const TablePtr& table : run.tables) {
        const TableInfo& info = table->info;
        if (info.expiring_count == 0 || info.expiry_min_us >= kNeverExpires - 1) continue;
        const double wanted = options.delete_ratio * static_cast<double>(info.entry_count) -
                              static_cast<double>(info.delete_count);
        const double share = wanted / static_cast<double>(info.expiring_count);
        if (share > 1) continue;
        const double span = static_cast<double>(info.expiry_max_us - info.expiry_min_us);
        const uint64_t due = info.expiry_min_us + static_cast<uint64_t>(std::max(share, 0.0) * span) + 1;
        if (!next || due < *next) next = due;
      }
    }
  }
  return next;
}

double leveled_score(const Version& version, const CompactionOptions& options, uint32_t level) {
  if (level + 1 >= version.levels.size()) return 0;
  if (level == 0) return level0_score(version, options);
  return static_cast<double>(version.levels[level].bytes()) /
         static_cast<double>(std::max<uint64_t>(level_limit(options, level), 1));
}

uint64_t leveled_debt(const Version& version, const CompactionOptions& options) {
  const std::optional<CompactionPlan> level0 = pick_level0_compaction(version, options, {});
  uint64_t debt = level0 && !level0->is_trivial_move ? level0->input_bytes() : 0;
  for (uint32_t level = 1; level + 1 < version.levels.size(); ++level) {
    const uint64_t bytes = version.levels[level].bytes();
    const uint64_t limit = level_limit(options, level);
    if (bytes > limit) debt += bytes - limit;
  }
  return debt;
}

std::optional<CompactionPlan> pick_leveled_compaction(const Version& version,
                                                      const CompactionOptions& options,
                                                      const BusyTables& busy) {
  std::vector<std::pair<double, uint32_t>> due;
  for (uint32_t level = 0; level + 1 < version.levels.size(); ++level) {
    const double score = leveled_score(version, options, level);
    if (score >= 1) due.emplace_back(score, level);
  }
  std::stable_sort(due.begin(), due.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  for (const auto& [score, level] : due) {
    std::optional<CompactionPlan> plan =
        level == 0 ? pick_level0_compaction(version, options, busy) : plan_level(version, level, busy);
    if (plan) {
      plan->score = score;
      return plan;
    }
  }
  return plan_deletes(version, options, busy);
}

std::optional<CompactionPlan> plan_range_compaction(const Version& version, uint32_t level,
                                                    const Bytes* lower, const Bytes* upper,
                                                    uint64_t input_bytes_max, const BusyTables& busy,
                                                    bool* is_blocked) {
  *is_blocked = false;
  if (version.levels[level].runs.empty()) return std::nullopt;
  std::optional<CompactionPlan> plan;
  if (level == 0) {
    const bool is_touched =
        std::any_of(version.levels[0].runs.begin(), version.levels[0].runs.end(),
                    [&](const Run& run) { return !Version::overlapping(run, lower, upper).empty(); });
    if (!is_touched) return std::nullopt;
    plan = plan_level0(version, busy);
  } else {
    std::vector<TablePtr> chosen;
    uint64_t bytes = 0;
    for (const TablePtr& table : Version::overlapping(version.levels[level].runs[0], lower, upper)) {
      if (!chosen.empty() && bytes >= input_bytes_max) break;
      bytes += table->info.file_size + overlap_bytes(version, level + 1, table->info);
      chosen.push_back(table);
    }
    if (chosen.empty()) return std::nullopt;
    *is_blocked = has_busy_table(chosen, busy);
    if (*is_blocked) return std::nullopt;
    plan = plan_tables(version, level, std::move(chosen), busy);
  }
  *is_blocked = !plan.has_value();
  return plan;
}

std::optional<CompactionPlan> plan_bottom_rewrite(const Version& version, uint32_t level, const Bytes* lower,
                                                  const Bytes* upper, const BusyTables& busy,
                                                  const BusyTables& wanted, bool* is_blocked) {
  *is_blocked = false;
  if (version.levels[level].runs.empty()) return std::nullopt;
  const Run& run = version.levels[level].runs[0];
  for (const TablePtr& table : Version::overlapping(run, lower, upper)) {
    const TableInfo& info = table->info;
    const bool can_shrink = info.delete_count != 0 || info.range_count != 0 || info.timestamp_max != 0;
    if (!can_shrink && wanted.count(info.number) == 0) continue;
    *is_blocked = busy.count(info.number) != 0;
    if (*is_blocked) return std::nullopt;
    return plan_rewrite(run, level, table);
  }
  return std::nullopt;
}

}  // namespace wombat
