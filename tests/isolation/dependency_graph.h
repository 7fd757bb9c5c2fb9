/// Which transaction must come before which, and why: the direct serialization graph of Adya, with real time.
#pragma once

#include <span>
#include <vector>

#include "isolation/observations.h"
#include "isolation/version_order.h"

namespace wombat::isolation {

enum class EdgeKind : uint8_t {
  kOverwrite,      // ww: the second installed a later version of what the first installed
  kRead,           // wr: the second read what the first installed
  kAntiItem,       // rw: the second overwrote what the first had read
  kAntiPredicate,  // rw: the second put a key into a range in which the first had not found it
  kRealTime,       // the first had ended before the second began
};

/// A set of kinds.
using EdgeMask = uint32_t;
constexpr EdgeMask mask_of(EdgeKind kind) { return 1u << static_cast<uint32_t>(kind); }
inline constexpr EdgeMask kAntiMask = mask_of(EdgeKind::kAntiItem) | mask_of(EdgeKind::kAntiPredicate);

struct Edge {
  uint32_t to = 0;
  uint32_t version = kNone;  // that was installed last, or that was read
  EdgeKind kind = EdgeKind::kOverwrite;

  bool is_in(EdgeMask mask) const { return (mask_of(kind) & mask) != 0; }
};

/// Nodes are the transactions, and behind them moments in time: who has ended is before the moment of its end, each
/// moment before the next, and the latest moment before a begin is before that transaction. So the edges of real time
/// are as few as the transactions.
class DependencyGraph {
 public:
  /// Which delete an absence shows was chosen by time. That proves a flow of information only at levels with snapshots:
  /// `absences_are_reads`.
  DependencyGraph(const HistoryIndex& index, const Observations& observations, const VersionOrder& order,
                  bool absences_are_reads);

  uint32_t node_count() const { return static_cast<uint32_t>(first_edge_.size()) - 1; }
  uint64_t edge_count() const { return edges_.size(); }
  bool is_moment(uint32_t node) const { return node >= transaction_count_; }
  std::span<const Edge> edges_of(uint32_t node) const {
    return {edges_.data() + first_edge_[node], first_edge_[node + 1] - first_edge_[node]};
  }

 private:
  struct Link {
    uint32_t from;
    Edge edge;
  };

  void link(uint32_t from, uint32_t to, EdgeKind kind, uint32_t version);
  void link_reads(const Observations& observations, bool absences_are_reads);
  void link_versions(const Observations& observations, const VersionOrder& order);
  void link_time();
  void sort_links();

  const HistoryIndex& index_;
  const uint32_t transaction_count_;
  uint32_t moment_count_ = 0;
  std::vector<Link> links_;  // while it is built
  std::vector<uint32_t> first_edge_;
  std::vector<Edge> edges_;
};

}  // namespace wombat::isolation
