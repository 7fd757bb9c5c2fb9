#include "isolation/strong_components.h"

#include <algorithm>

namespace wombat::isolation {

namespace {

class ComponentSearch {
 public:
  explicit ComponentSearch(const GraphView& view)
      : view_(view),
        number_(view.state_count(), 0),
        lowest_(view.state_count(), 0),
        is_open_(view.state_count(), false),
        component_(view.state_count(), kNone) {}

  void run() {
    for (uint32_t state = 0; state < view_.state_count(); ++state) {
      if (number_[state] != 0) continue;
      enter(state);
      while (!path_.empty()) advance();
    }
  }

  std::vector<uint32_t> take(uint32_t* component_count) {
    *component_count = component_count_;
    return std::move(component_);
  }

 private:
  struct Frame {
    uint32_t state;
    uint32_t next_edge;
  };

  void enter(uint32_t state) {
    number_[state] = lowest_[state] = ++last_number_;
    is_open_[state] = true;
    open_.push_back(state);
    path_.push_back({state, 0});
  }

  /// Follows one edge from the end of the path, or goes back.
  void advance() {
    const uint32_t state = path_.back().state;
    const auto edges = view_.graph->edges_of(view_.node_of(state));
    while (path_.back().next_edge < edges.size()) {
      const Edge& edge = edges[path_.back().next_edge++];
      if (!view_.may_follow(state, edge)) continue;
      const uint32_t target = view_.target(edge);
      if (number_[target] == 0) return enter(target);
      if (is_open_[target]) lowest_[state] = std::min(lowest_[state], number_[target]);
    }
    path_.pop_back();
    if (!path_.empty()) {
      uint32_t& above = lowest_[path_.back().state];
      above = std::min(above, lowest_[state]);
    }
    if (lowest_[state] == number_[state]) close(state);
  }

  void close(uint32_t root) {
    const bool is_alone = open_.back() == root;  // no state has an edge to itself
    for (;;) {
      const uint32_t state = open_.back();
      open_.pop_back();
      is_open_[state] = false;
      if (!is_alone) component_[state] = component_count_;
      if (state == root) break;
    }
    if (!is_alone) ++component_count_;
  }

  const GraphView view_;
  std::vector<uint32_t> number_;  // in the order of entering, from 1; 0: not entered
  std::vector<uint32_t> lowest_;
  std::vector<bool> is_open_;
  std::vector<uint32_t> component_;
  std::vector<uint32_t> open_;
  std::vector<Frame> path_;
  uint32_t last_number_ = 0;
  uint32_t component_count_ = 0;
};

}  // namespace

std::vector<uint32_t> strong_components(const GraphView& view, uint32_t* component_count) {
  ComponentSearch search(view);
  search.run();
  return search.take(component_count);
}

}  // namespace wombat::isolation
