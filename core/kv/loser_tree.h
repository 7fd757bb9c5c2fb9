/// Tournament of N sorted sources by a loser tree (Knuth, The Art of Computer Programming 3, 5.4.1): after
/// the winner has moved, log2 N comparisons find the next one.
///
/// Invariants:
/// 1. Leaf i is node N + i; node n / 2 is above node n; nodes 1 to N - 1 are inner, 0 holds the winner.
/// 2. Every inner node holds the loser of the match between the winners of its two subtrees.
/// 3. A node carries the prefix of its source's present entry, so a match that the prefixes decide touches
/// nothing
///    else.
#pragma once

#include <cstdint>
#include <vector>

namespace wombat {

class LoserTree {
 public:
  /// At least one source.
  explicit LoserTree(size_t source_count) : nodes_(source_count), scratch_(2 * source_count) {}

  uint32_t winner() const { return nodes_[0].source; }

  /// Plays all matches. The smaller prefix wins; `beats(a, b)` decides between sources with equal prefixes.
  template <typename PrefixOf, typename Beats>
  void build(const PrefixOf& prefix_of, const Beats& beats) {
    const size_t count = nodes_.size();
    for (uint32_t i = 0; i < count; ++i) scratch_[count + i] = {prefix_of(i), i};
    for (size_t n = count - 1; n > 0; --n) {
      Node winner = scratch_[2 * n];
      Node loser = scratch_[2 * n + 1];
      play(loser, winner, beats);
      scratch_[n] = winner;
      nodes_[n] = loser;
    }
    nodes_[0] = scratch_[1];
  }

  /// The winner has moved to an entry with `prefix`: plays its matches on the way to the top again.
  template <typename Beats>
  void replay(uint64_t prefix, const Beats& beats) {
    Node winner = {prefix, nodes_[0].source};
    for (size_t n = (nodes_.size() + winner.source) / 2; n > 0; n /= 2) play(nodes_[n], winner, beats);
    nodes_[0] = winner;
  }

 private:
  struct Node {
    uint64_t prefix = 0;
    uint32_t source = 0;
  };

  template <typename Beats>
  static void play(Node& resting, Node& winner, const Beats& beats) {
    const bool swap = resting.prefix == winner.prefix ? beats(resting.source, winner.source)
                                                      : resting.prefix < winner.prefix;
    // Written as selections, not as a branch: which side wins is a coin toss.
    const Node loser = swap ? winner : resting;
    winner = swap ? resting : winner;
    resting = loser;
  }

  std::vector<Node> nodes_;
  std::vector<Node> scratch_;
};

}  // namespace wombat
