/// Finds the cycles of a dependency graph, says what kind of anomaly they are, and describes the shortest in words.
#pragma once

#include <string>
#include <vector>

#include "isolation/anomaly.h"
#include "isolation/strong_components.h"

namespace wombat::isolation {

class CycleSearch {
 public:
  CycleSearch(const HistoryIndex& index, const DependencyGraph& graph, IsolationLevel level,
              CheckReport* report);

  void run();

 private:
  /// Looks at the edges of `mask` for cycles with at least one edge of `required`.
  struct Phase {
    AnomalyKind kind;
    EdgeMask mask;
    bool may_repeat_anti;
    EdgeMask required;
  };
  struct Step {
    uint32_t from = 0;  // node
    Edge edge;
  };
  using Cycle = std::vector<Step>;
  struct Start {
    uint32_t state;
    Edge edge;
  };

  void run_phase(const Phase& phase);
  void examine(const Phase& phase, const GraphView& view, const std::vector<uint32_t>& components,
               const std::vector<Start>& starts);
  bool find_shortest(const GraphView& view, const std::vector<uint32_t>& components, const Start& start,
                     Cycle* cycle);
  static AnomalyKind classify(const Phase& phase, const Cycle& cycle);
  static bool is_of_phase(const Phase& phase, const Cycle& cycle);
  std::string describe(const Cycle& cycle) const;
  std::string describe_step(const Step& step, uint32_t next) const;

  const HistoryIndex& index_;
  const DependencyGraph& graph_;
  const IsolationLevel level_;
  CheckReport* const report_;
  // Of find_shortest, by state; valid where stamp_ is the present one.
  std::vector<uint32_t> stamp_;
  std::vector<uint32_t> distance_;
  std::vector<Start> reached_by_;
  uint32_t present_stamp_ = 0;
};

}  // namespace wombat::isolation
