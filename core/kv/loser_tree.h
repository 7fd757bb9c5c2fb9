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
  explicit LoserTree(size_t source_count_max) : nodes_(source_count_max), scratch_(2 * source_count_max) {}

  uint32_t winner() const { return nodes_[0].source; }

  /// The source that would win without the winner; needs two sources.
  template <typename Beats>
  uint32_t runner_up(const Beats& beats) const {
    const Node* best = nullptr;
    for (uint32_t n = (count_ + winner()) / 2; n > 0; n /= 2) {
      const Node& node = nodes_[n];
      if (best == nullptr || node.prefix < best->prefix ||
          (node.prefix == best->prefix && beats(node.source, best->source))) {
        best = &node;
      }
    }
    return best->source;
  }

  /// Plays all matches of `count` sources, at least one. The smaller prefix wins; `beats(a, b)` decides between
  /// sources with equal prefixes.
  template <typename PrefixOf, typename Beats>
  void build(uint32_t count, const PrefixOf& prefix_of, const Beats& beats) {
    count_ = count;
    for (uint32_t i = 0; i < count; ++i) scratch_[count + i] = {prefix_of(i), i};
    for (uint32_t n = count - 1; n > 0; --n) {
      Node winner = scratch_[2 * n];
      nodes_[n] = scratch_[2 * n + 1];
      play(nodes_[n], &winner.prefix, &winner.source, beats);
      scratch_[n] = winner;
    }
    nodes_[0] = scratch_[1];
  }

  /// The winner has moved to an entry with `prefix`: plays its matches on the way to the top again.
  template <typename Beats>
  void replay(uint64_t prefix, const Beats& beats) {
    Node* const nodes = nodes_.data();
    uint32_t source = nodes[0].source;
    for (uint32_t n = (count_ + source) / 2; n > 0; n /= 2) play(nodes[n], &prefix, &source, beats);
    nodes[0] = {prefix, source};
  }

 private:
  struct Node {
    uint64_t prefix = 0;
    uint32_t source = 0;
  };

  template <typename Beats>
  static void play(Node& resting, uint64_t* prefix, uint32_t* source, const Beats& beats) {
    const uint64_t other_prefix = resting.prefix;
    const uint32_t other_source = resting.source;
    bool swap = other_prefix < *prefix;
    if (other_prefix == *prefix) [[unlikely]]
      swap = beats(other_source, *source);
    // Written as selections, not as a branch: which side wins is a coin toss.
    resting.prefix = swap ? *prefix : other_prefix;
    resting.source = swap ? *source : other_source;
    *prefix = swap ? other_prefix : *prefix;
    *source = swap ? other_source : *source;
  }

  std::vector<Node> nodes_;
  std::vector<Node> scratch_;
  uint32_t count_ = 0;
};

}  // namespace wombat
