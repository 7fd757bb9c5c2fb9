/// Strongly connected components of a dependency graph, or of its square with the question "did we come by an
/// anti-dependency?", in which two of these in a row are impossible.
///
/// In a store with snapshots, a transaction that another depends on commits before that one begins, and the first of
/// an anti-dependency begins before the second commits. So a cycle in which no two anti-dependencies follow each other
/// would lead from a begin to the same begin later; every cycle that snapshot isolation permits has two in a row.
#pragma once

#include <vector>

#include "isolation/dependency_graph.h"

namespace wombat::isolation {

/// Walks over the graph. A state is a node, or twice a node plus 1 when it was reached by an anti-dependency.
struct GraphView {
  const DependencyGraph* graph;
  EdgeMask mask;
  bool may_repeat_anti;  // false: never two anti-dependencies in a row

  uint32_t state_count() const { return graph->node_count() * (may_repeat_anti ? 1 : 2); }
  uint32_t node_of(uint32_t state) const { return may_repeat_anti ? state : state / 2; }
  bool may_follow(uint32_t state, const Edge& edge) const {
    return edge.is_in(mask) && (may_repeat_anti || state % 2 == 0 || !edge.is_in(kAntiMask));
  }
  uint32_t target(const Edge& edge) const {
    return may_repeat_anti ? edge.to : edge.to * 2 + (edge.is_in(kAntiMask) ? 1 : 0);
  }
};

/// The component of each state; kNone for those that are alone in theirs. Linear in states and edges (R. Tarjan,
/// "Depth-First Search and Linear Graph Algorithms", 1972), without recursion.
std::vector<uint32_t> strong_components(const GraphView& view, uint32_t* component_count);

}  // namespace wombat::isolation
