#include "match_json.h"

#include <nlohmann/json.hpp>

#include "resource_usage.h"

namespace wombat::bench {
namespace {

using nlohmann::json;

json optional_number(const std::optional<double>& number) { return number ? json(*number) : json(nullptr); }

json ratio_json(const std::optional<PeerRatio>& ratio) {
  if (!ratio) return nullptr;
  return {{"peer", ratio->peer->kind->name}, {"ratio", ratio->ratio}, {"lowest_round", ratio->lowest_ratio}};
}

json turns_json(const std::vector<TurnResult>& turns) {
  json list = json::array();
  for (const TurnResult& turn : turns)
    list.push_back({{"operations", turn.operations},
                    {"elapsed_s", turn.elapsed_s},
                    {"settle_s", turn.settle_s},
                    {"cpu_s", turn.cpu_s},
                    {"settle_cpu_s", turn.settle_cpu_s},
                    {"found", turn.found},
                    {"given_bytes", turn.given_bytes},
                    {"written_bytes", turn.written_bytes},
                    {"disk_bytes", turn.disk_bytes},
                    {"live_bytes", turn.live_bytes},
                    {"memory_bytes", turn.memory_bytes},
                    {"p50_ns", turn.p50_ns},
                    {"p99_ns", turn.p99_ns},
                    {"p999_ns", turn.p999_ns},
                    {"stall_ns", turn.stall_ns},
                    {"aborts", turn.aborts},
                    {"writer_operations", turn.writer_operations}});
  return list;
}

json engine_json(const EngineSummary& engine, const std::vector<TurnResult>& turns) {
  return {{"engine", engine.kind->name},
          {"logged", engine.kind->is_logged},
          {"ops_per_s", engine.rate},
          {"settle_s", engine.settle_s},
          {"cpu_s", engine.cpu_s},
          {"settle_cpu_s", engine.settle_cpu_s},
          {"p50_ns", engine.p50_ns},
          {"p99_ns", engine.p99_ns},
          {"p999_ns", engine.p999_ns},
          {"stall_ns", engine.stall_ns},
          {"memory_bytes", engine.memory_bytes},
          {"written_bytes", engine.written_bytes},
          {"write_amplification", optional_number(engine.write_amplification)},
          {"space_amplification", optional_number(engine.space_amplification)},
          {"writer_ops_per_s", engine.writer_rate},
          {"abort_rate", optional_number(engine.abort_rate)},
          {"rounds", turns_json(turns)}};
}

json settings_json(const MatchConfig& config) {
  return {{"num", config.entry_count},
          {"reads", config.reads()},
          {"seeks", config.seeks()},
          {"transactions", config.transactions()},
          {"key_size", config.keys.size_bytes},
          {"value_size", config.value_size},
          {"large_num", config.large_entries()},
          {"large_value_size", kLargeValueSize},
          {"huge_num", config.huge_entries()},
          {"huge_value_size", kHugeValueSize},
          {"cache_bytes", config.stores.cache_bytes},
          {"write_buffer_bytes", config.stores.write_buffer_bytes},
          {"write_buffer_count", config.stores.write_buffer_count},
          {"threads", config.thread_count},
          {"rounds", config.rounds},
          {"seed", config.seed},
          {"wombat_options", config.stores.wombat_options}};
}

}  // namespace

std::string to_json(const MatchConfig& config, const Contest& contest, const std::vector<RowSummary>& rows) {
  json versions = json::object();
  for (const StoreKind* kind : contest.kinds()) versions[kind->name] = contest.version(*kind);
  json root = {{"format", 1},
               {"machine", machine_name()},
               {"settings", settings_json(config)},
               {"versions", versions}};
  json& list = root["workloads"] = json::array();
  for (size_t i = 0; i < rows.size(); ++i) {
    const RowSummary& row = rows[i];
    json engines = json::array();
    for (const EngineSummary& engine : row.engines)
      engines.push_back(engine_json(engine, contest.rows()[i].turns.at(engine.kind->name)));
    list.push_back({{"workload", row.workload->name},
                    {"help", row.workload->help},
                    {"to_best_logged", ratio_json(row.to_best_peer(true))},
                    {"to_best_of_all", ratio_json(row.to_best_peer(false))},
                    {"device_syncs_per_s", optional_number(row.device_rate)},
                    {"engines", engines}});
  }
  return root.dump(2) + "\n";
}

}  // namespace wombat::bench
