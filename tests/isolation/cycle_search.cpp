#include "isolation/cycle_search.h"

#include <algorithm>
#include <deque>

namespace wombat::isolation {

namespace {

// A component is one anomaly, however many cycles it has; so many edges of it are tried for a short one.
constexpr size_t kStartsMax = 64;

constexpr EdgeMask kOverwrite = mask_of(EdgeKind::kOverwrite);
constexpr EdgeMask kRead = mask_of(EdgeKind::kRead);
constexpr EdgeMask kItem = mask_of(EdgeKind::kAntiItem);
constexpr EdgeMask kPredicate = mask_of(EdgeKind::kAntiPredicate);
constexpr EdgeMask kTime = mask_of(EdgeKind::kRealTime);
constexpr EdgeMask kAll = kOverwrite | kRead | kItem | kPredicate;

}  // namespace

CycleSearch::CycleSearch(const HistoryIndex& index, const DependencyGraph& graph, IsolationLevel level,
                         CheckReport* report)
    : index_(index), graph_(graph), level_(level), report_(report) {}

void CycleSearch::run() {
  if (level_ == IsolationLevel::kSerializable) {  // most often that is all
    uint32_t count = 0;
    strong_components({&graph_, kAll | kTime, true}, &count);
    if (count == 0) return;
  }
  stamp_.assign(size_t{graph_.node_count()} * 2, 0);
  distance_.resize(stamp_.size());
  reached_by_.resize(stamp_.size());
  // From the few edges to the many: a cycle is reported by the first phase that has all its edges.
  run_phase({AnomalyKind::kG0, kOverwrite, true, kOverwrite});
  run_phase({AnomalyKind::kG1c, kOverwrite | kRead, true, kRead});
  run_phase({AnomalyKind::kGSingle, kOverwrite | kRead | kItem, false, kItem});
  run_phase({AnomalyKind::kGSinglePredicate, kAll, false, kPredicate});
  run_phase({AnomalyKind::kG2Item, kOverwrite | kRead | kItem, true, kItem});
  run_phase({AnomalyKind::kG2Predicate, kAll, true, kPredicate});
  if (level_ == IsolationLevel::kReadCommitted) return;
  run_phase({AnomalyKind::kStaleSnapshot, kAll | kTime, false, kTime});
  if (level_ == IsolationLevel::kSnapshot) return;
  run_phase({AnomalyKind::kRealTime, kAll | kTime, true, kTime});
}

void CycleSearch::run_phase(const Phase& phase) {
  const GraphView view = {&graph_, phase.mask, phase.may_repeat_anti};
  uint32_t component_count = 0;
  const std::vector<uint32_t> components = strong_components(view, &component_count);
  if (component_count == 0) return;
  std::vector<std::vector<Start>> starts(component_count);
  for (uint32_t state = 0; state < components.size(); ++state) {
    const uint32_t component = components[state];
    if (component == kNone || starts[component].size() >= kStartsMax) continue;
    for (const Edge& edge : graph_.edges_of(view.node_of(state))) {
      if (edge.is_in(phase.required) && view.may_follow(state, edge) &&
          components[view.target(edge)] == component)
        starts[component].push_back({state, edge});
    }
  }
  for (const auto& starts_of_component : starts) {
    if (!starts_of_component.empty()) examine(phase, view, components, starts_of_component);
  }
}

void CycleSearch::examine(const Phase& phase, const GraphView& view, const std::vector<uint32_t>& components,
                          const std::vector<Start>& starts) {
  if (!report_->wants(phase.kind)) return report_->count_only(phase.kind);
  Cycle shortest;
  Cycle cycle;
  for (const Start& start : starts) {
    if (!find_shortest(view, components, start, &cycle) || !is_of_phase(phase, cycle)) continue;
    if (shortest.empty() || cycle.size() < shortest.size()) shortest = cycle;
    if (shortest.size() == 2) break;
  }
  if (!shortest.empty()) report_->add(classify(phase, shortest), describe(shortest));
}

/// A cycle that an earlier phase knows is not this phase's. (Only those in which anti-dependencies may follow each other
/// have such: there the shortest way back need not be the one that was looked for.)
bool CycleSearch::is_of_phase(const Phase& phase, const Cycle& cycle) {
  if (!phase.may_repeat_anti || (phase.mask & kAntiMask) == 0) return true;
  for (size_t i = 0; i < cycle.size(); ++i) {
    const Edge& next = cycle[(i + 1) % cycle.size()].edge;
    if (cycle.size() > 1 && cycle[i].edge.is_in(kAntiMask) && next.is_in(kAntiMask)) return true;
  }
  return false;
}

AnomalyKind CycleSearch::classify(const Phase& phase, const Cycle& cycle) {
  if (phase.kind != AnomalyKind::kGSingle && phase.kind != AnomalyKind::kGSinglePredicate) return phase.kind;
  const auto is_anti = [](const Step& step) { return step.edge.is_in(kAntiMask); };
  return std::count_if(cycle.begin(), cycle.end(), is_anti) > 1 ? AnomalyKind::kGNonadjacent : phase.kind;
}

/// The cycle through the given edge with the fewest transactions: moments of time cost nothing.
bool CycleSearch::find_shortest(const GraphView& view, const std::vector<uint32_t>& components,
                                const Start& start, Cycle* cycle) {
  const uint32_t first = view.target(start.edge);
  const uint32_t component = components[first];
  ++present_stamp_;
  std::deque<uint32_t> next = {first};
  stamp_[first] = present_stamp_;
  distance_[first] = 0;
  while (!next.empty() && next.front() != start.state) {
    const uint32_t state = next.front();
    next.pop_front();
    for (const Edge& edge : graph_.edges_of(view.node_of(state))) {
      if (!view.may_follow(state, edge)) continue;
      const uint32_t target = view.target(edge);
      if (components[target] != component) continue;
      const uint32_t cost = graph_.is_moment(edge.to) ? 0 : 1;
      if (stamp_[target] == present_stamp_ && distance_[target] <= distance_[state] + cost) continue;
      stamp_[target] = present_stamp_;
      distance_[target] = distance_[state] + cost;
      reached_by_[target] = {state, edge};
      if (cost == 0) {
        next.push_front(target);
      } else {
        next.push_back(target);
      }
    }
  }
  if (next.empty()) return false;
  cycle->clear();
  for (uint32_t state = start.state; state != first; state = reached_by_[state].state)
    cycle->push_back({view.node_of(reached_by_[state].state), reached_by_[state].edge});
  std::reverse(cycle->begin(), cycle->end());
  cycle->push_back({view.node_of(start.state), start.edge});
  // Of the moments only the way into them and the way out of them tell something.
  std::erase_if(*cycle, [this](const Step& step) { return graph_.is_moment(step.from); });
  return !cycle->empty();
}

std::string CycleSearch::describe(const Cycle& cycle) const {
  std::vector<uint32_t> transactions;
  for (const Step& step : cycle) transactions.push_back(step.from);
  std::sort(transactions.begin(), transactions.end());
  transactions.erase(std::unique(transactions.begin(), transactions.end()), transactions.end());
  std::string text;
  for (const uint32_t t : transactions)
    text += "  " + to_text(index_.transaction(t), t, index_.history().data_kind) + "\n";
  for (size_t i = 0; i < cycle.size(); ++i)
    text += "  - " + describe_step(cycle[i], cycle[(i + 1) % cycle.size()].from) + "\n";
  return text + "  - so T" + std::to_string(cycle.front().from) + " comes before itself";
}

std::string CycleSearch::describe_step(const Step& step, uint32_t next) const {
  const std::string first = "T" + std::to_string(step.from);
  const std::string second = "T" + std::to_string(next);
  if (step.edge.kind == EdgeKind::kRealTime) return first + " had ended before " + second + " began";
  const Version& version = index_.versions()[step.edge.version];
  const std::string key = "key " + std::to_string(index_.keys()[version.key]);
  const std::string change = version.is_tombstone() ? "deleted it" : "wrote " + std::to_string(version.value);
  switch (step.edge.kind) {
    case EdgeKind::kRead:
      return second + " read " + key + " after " + first + " " + change;
    case EdgeKind::kOverwrite:
      return first + " changed " + key + " before " + second + " " + change;
    case EdgeKind::kAntiItem:
      return first + " read " + key + " before " + second + " " + change;
    case EdgeKind::kAntiPredicate:
    case EdgeKind::kRealTime:
      break;
  }
  return first + " read a range and did not find " + key + ", to which " + second + " wrote " +
         std::to_string(version.value);
}

}  // namespace wombat::isolation
