#include "contest.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "device_sync.h"
#include "resource_usage.h"
#include "special_turns.h"

namespace wombat::bench {

Contest::Contest(const MatchConfig& config)
    : config_(config),
      values_(config.value_size, config.seed),
      large_values_(kLargeValueSize, config.seed),
      huge_values_(kHugeValueSize, config.seed),
      seed_(config.seed) {
  config_.stores.entry_bytes = config.keys.size_bytes + config.value_size;
  const auto is_named = [](const std::vector<std::string>& names, const char* name, bool by_default) {
    return names.empty() ? by_default : std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : config.engines)
    if (find_store_kind(name) == nullptr) throw StoreFailure("there is no engine " + name + "; see --list");
  for (const std::string& name : config.workloads)
    if (find_match_workload(name) == nullptr)
      throw StoreFailure("there is no workload " + name + "; see --list");
  for (const MatchWorkload& workload : match_workloads())
    if (is_named(config.workloads, workload.name, workload.by_default)) rows_.push_back({&workload, {}, {}});
  for (const StoreKind& kind : store_kinds()) {
    const bool has_work = std::any_of(rows_.begin(), rows_.end(), [&](const MatchRow& row) {
      return kind.takes_part(use_of(row.workload->data));
    });
    if (has_work && is_named(config.engines, kind.name, kind.by_default)) kinds_.push_back(&kind);
  }
}

void Contest::run() {
  touch_memory_first();
  contenders_.reserve(kinds_.size());
  for (const StoreKind* kind : kinds_) contenders_.emplace_back(*kind, config_.directory);
  for (round_ = 0; round_ < config_.rounds; ++round_) {
    for (const MatchWorkload& workload : match_workloads())
      if (workload.has_own_data() && row_of(workload) != nullptr) run_own(workload);
    run_shared(MatchData::kMain);
    run_shared(MatchData::kLarge);
    run_shared(MatchData::kHuge);
    run_shared(MatchData::kTransactions);
  }
  for (const Contender& contender : contenders_) versions_[contender.kind().name] = contender.version();
  contenders_.clear();
}

/// Memory that a guest has not used lately costs microseconds a page, which would be counted as somebody's slowness.
void Contest::touch_memory_first() {
  uint64_t bytes = static_cast<uint64_t>(std::max<int64_t>(config_.touch_mib, 0)) << 20;
  if (config_.touch_mib < 0) {
    const uint64_t data = config_.entry_count * config_.stores.entry_bytes;
    const uint64_t buffers =
        std::min(config_.stores.write_buffer_bytes * config_.stores.write_buffer_count, 2 * data);
    bytes = kinds_.size() * (std::min<uint64_t>(config_.stores.cache_bytes, data) + buffers + 2 * data);
  }
  touch_memory(std::min(bytes, memory_available_bytes() / 2));
}

MatchRow* Contest::row_of(const MatchWorkload& workload) {
  for (MatchRow& row : rows_)
    if (row.workload == &workload) return &row;
  return nullptr;
}

void Contest::run_own(const MatchWorkload& workload) {
  DataState state(config_, workload.data);
  const MatchPlan plan = state.plan(workload, next_seed());
  StoreSettings settings = config_.stores;
  settings.sync_writes = workload.data == MatchData::kOwnSync;
  if (settings.sync_writes)
    row_of(workload)->device_syncs_per_s.push_back(
        measure_device_sync(config_.directory, config_.stores.entry_bytes, config_.syncs(1)));
  all_turns(workload, plan, state.value_size(), [&](Contender& contender) {
    contender.make_directory("own");
    if (workload.work == MatchWork::kRecover) return recover_turn(contender, workload, config_);
    contender.open(settings);
    return turn_of(contender, workload, plan, state);
  });
}

void Contest::run_shared(MatchData data) {
  std::vector<const MatchWorkload*> chosen;
  for (const MatchRow& row : rows_)
    if (row.workload->data == data) chosen.push_back(row.workload);
  if (chosen.empty()) return;
  DataState state(config_, data);
  StoreSettings settings = config_.stores;
  settings.entry_bytes = config_.keys.size_bytes + state.value_size();
  for (Contender& contender : contenders_) {
    if (!takes_part(contender, data)) continue;
    contender.make_directory("shared");
    contender.open(settings);
  }
  const MatchWorkload& fill = *find_match_workload(data == MatchData::kMain    ? "fillrandom"
                                                   : data == MatchData::kLarge ? "fill4k"
                                                   : data == MatchData::kHuge  ? "fill64k"
                                                                               : "filltxn");
  run_on(fill, &state);  // counted only if it was asked for
  warm(data, state);
  for (const MatchWorkload* workload : chosen)
    if (workload != &fill) run_on(*workload, &state);
  for (Contender& contender : contenders_)
    if (takes_part(contender, data)) contender.remove();
}

void Contest::warm(MatchData data, const DataState& state) {
  const MatchWorkload& gets = *find_match_workload("readrandom");
  DataState same = state;
  const MatchPlan plan = same.plan(gets, next_seed());
  for (Contender& contender : contenders_) {
    if (!takes_part(contender, data)) continue;
    std::vector<MatchTask> tasks;
    for (const WorkPlan& thread : plan.threads)
      tasks.push_back({gets, thread, values(data), config_.seek_step_count, config_.multi_get_size});
    contender.take_turn(tasks, nullptr, config_.sample_every);
  }
}

void Contest::run_on(const MatchWorkload& workload, DataState* state) {
  const MatchPlan plan = state->plan(workload, next_seed());
  all_turns(workload, plan, state->value_size(),
            [&](Contender& contender) { return turn_of(contender, workload, plan, *state); });
}

TurnResult Contest::turn_of(Contender& contender, const MatchWorkload& workload, const MatchPlan& plan,
                            const DataState& state) {
  const ValueSource& source = values(workload.data);
  if (workload.work == MatchWork::kOpen)
    return open_turn(contender, workload, config_, config_.entry_count / 2);
  if (workload.work == MatchWork::kScanDeleted)
    return scan_deleted_turn(contender, workload, config_, state, plan, source);
  if (workload.is_synced) {
    StoreSettings settings = config_.stores;
    settings.sync_writes = true;
    contender.close();
    contender.open(settings);
  }
  std::vector<MatchTask> tasks;
  for (const WorkPlan& thread : plan.threads)
    tasks.push_back({workload, thread, source, config_.seek_step_count, config_.multi_get_size});
  if (!plan.writer) return contender.take_turn(tasks, nullptr, config_.sample_every);
  const MatchTask writer{workload, *plan.writer, source, config_.seek_step_count, config_.multi_get_size};
  return contender.take_turn(tasks, &writer, config_.sample_every);
}

void Contest::all_turns(const MatchWorkload& workload, const MatchPlan& plan, size_t value_size,
                        const Turn& turn) {
  MatchRow* const row = row_of(workload);
  first_seen_.reset();
  for (size_t i = 0; i < contenders_.size(); ++i) {
    Contender& contender = contenders_[(round_ + i) % contenders_.size()];
    if (!takes_part(contender, workload.data)) continue;
    if (workload.work == MatchWork::kGetView && !contender.store().has_views()) continue;
    std::fprintf(stderr, "\rround %u of %u: %-18s %-14s", round_ + 1, config_.rounds, workload.name,
                 contender.kind().name);
    try {
      TurnResult result = turn(contender);
      const bool rewrites =
          workload.writes() || workload.work == MatchWork::kOpen;  // caches are cold then, too
      const uint64_t rows_digest = rewrites ? contender.verify_rows(plan.live_count, value_size) : 0;
      check(workload, plan, result, rows_digest);
      result.live_bytes = plan.live_count * (config_.keys.size_bytes + value_size);
      if (row != nullptr) row->turns[contender.kind().name].push_back(result);
      if (workload.has_own_data()) contender.remove();
    } catch (const std::exception& failure) {
      throw StoreFailure(std::string(contender.kind().name) + ", " + workload.name + ": " + failure.what());
    }
  }
  std::fprintf(stderr, "\r%60s\r", "");
}

void Contest::check(const MatchWorkload& workload, const MatchPlan& plan, const TurnResult& result,
                    uint64_t rows_digest) {
  const auto require_same = [](const char* what, uint64_t seen, uint64_t expected) {
    if (seen != expected)
      throw StoreFailure(std::string(what) + " " + std::to_string(seen) + " instead of " +
                         std::to_string(expected));
  };
  if (plan.found) require_same("found", result.found, *plan.found);
  if (!first_seen_) {
    first_seen_ = result;
    first_rows_digest_ = rows_digest;
    return;
  }
  if (plan.is_found_same) require_same("found", result.found, first_seen_->found);
  require_same("operations", result.operations, first_seen_->operations);
  if (!plan.is_digest_known || workload.work == MatchWork::kRecover) return;
  require_same("digest of the values", result.digest, first_seen_->digest);
  require_same("digest of all rows", rows_digest, first_rows_digest_);
}

}  // namespace wombat::bench
