#include "match_summary.h"

#include <algorithm>

namespace wombat::bench {
namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

template <typename Figure>
double median_of(const std::vector<TurnResult>& turns, Figure figure) {
  std::vector<double> values;
  for (const TurnResult& turn : turns) values.push_back(static_cast<double>(figure(turn)));
  return median(std::move(values));
}

double ratio_of(double part, double whole) { return whole > 0 ? part / whole : 0; }

EngineSummary summarize_engine(const MatchWorkload& workload, const StoreKind& kind,
                               const std::vector<TurnResult>& turns) {
  EngineSummary made;
  made.kind = &kind;
  for (const TurnResult& turn : turns)
    made.rates.push_back(ratio_of(static_cast<double>(turn.operations),
                                  turn.elapsed_s + (workload.counts_settle ? turn.settle_s : 0)));
  made.rate = median(made.rates);
  made.settle_s = median_of(turns, [](const TurnResult& turn) { return turn.settle_s; });
  made.cpu_s = median_of(turns, [](const TurnResult& turn) { return turn.cpu_s; });
  made.settle_cpu_s = median_of(turns, [](const TurnResult& turn) { return turn.settle_cpu_s; });
  made.p50_ns = median_of(turns, [](const TurnResult& turn) { return turn.p50_ns; });
  made.p99_ns = median_of(turns, [](const TurnResult& turn) { return turn.p99_ns; });
  made.p999_ns = median_of(turns, [](const TurnResult& turn) { return turn.p999_ns; });
  made.memory_bytes = median_of(turns, [](const TurnResult& turn) { return turn.memory_bytes; });
  made.written_bytes = median_of(turns, [](const TurnResult& turn) { return turn.written_bytes; });
  made.writer_rate = median_of(turns, [](const TurnResult& turn) {
    return ratio_of(static_cast<double>(turn.writer_operations), turn.elapsed_s);
  });
  if (workload.work == MatchWork::kTransact)
    made.abort_rate = median_of(turns, [](const TurnResult& turn) {
      return ratio_of(static_cast<double>(turn.aborts), static_cast<double>(turn.aborts + turn.operations));
    });
  for (const TurnResult& turn : turns)
    made.stall_ns = std::max(made.stall_ns, static_cast<double>(turn.stall_ns));
  if (!turns.empty() && turns[0].given_bytes > 0)
    made.write_amplification = median_of(turns, [](const TurnResult& turn) {
      return ratio_of(static_cast<double>(turn.written_bytes), static_cast<double>(turn.given_bytes));
    });
  if (workload.writes() && !turns.empty() && turns[0].live_bytes > 0)
    made.space_amplification = median_of(turns, [](const TurnResult& turn) {
      return ratio_of(static_cast<double>(turn.disk_bytes), static_cast<double>(turn.live_bytes));
    });
  return made;
}

}  // namespace

const EngineSummary* RowSummary::find(std::string_view name) const {
  for (const EngineSummary& engine : engines)
    if (name == engine.kind->name) return &engine;
  return nullptr;
}

std::optional<PeerRatio> RowSummary::to_best_peer(bool only_logged) const {
  const EngineSummary* const own = find("wombat");
  const EngineSummary* best = nullptr;
  for (const EngineSummary& engine : engines) {
    if (!engine.kind->is_peer || (only_logged && !engine.kind->is_logged)) continue;
    if (best == nullptr || engine.rate > best->rate) best = &engine;
  }
  if (own == nullptr || best == nullptr) return std::nullopt;
  PeerRatio made{best, ratio_of(own->rate, best->rate), ratio_of(own->rates[0], best->rates[0])};
  for (size_t round = 1; round < own->rates.size() && round < best->rates.size(); ++round)
    made.lowest_ratio = std::min(made.lowest_ratio, ratio_of(own->rates[round], best->rates[round]));
  return made;
}

std::vector<RowSummary> summarize(const Contest& contest) {
  std::vector<RowSummary> made;
  for (const MatchRow& row : contest.rows()) {
    RowSummary summary;
    summary.workload = row.workload;
    for (const StoreKind* kind : contest.kinds()) {
      const auto turns = row.turns.find(kind->name);
      if (turns != row.turns.end())
        summary.engines.push_back(summarize_engine(*row.workload, *kind, turns->second));
    }
    if (!row.device_syncs_per_s.empty()) summary.device_rate = median(row.device_syncs_per_s);
    made.push_back(std::move(summary));
  }
  return made;
}

}  // namespace wombat::bench
