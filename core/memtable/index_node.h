/// The nodes of the blocked index (blocked_index.h).
#pragma once

#include <atomic>
#include <bit>
#include <cstring>

#include "kv/key_prefix.h"
#include "memtable/memtable_record.h"
#include "memtable/prefix_lanes.h"

namespace wombat {

/// A node has up to 32 slots in the order of arrival. A slot never changes once count covers it, apart from what
/// is atomic in it. All keys in a node share `skip` bytes, and its prefixes begin behind them; of every key that
/// is routed to it is known that it shares the first `known` of these.
struct IndexNode {
  std::atomic<uint32_t> count{0};
  uint32_t skip = 0;
  uint32_t known = 0;
  uint32_t level = 0;  // 0: a leaf
};

struct LeafNode : IndexNode {
  std::atomic<LeafNode*> next{nullptr};
  std::atomic<LeafNode*> previous{nullptr};
  const MemRecord* lower = nullptr;  // keys here are at or above its key; null: the first leaf
  uint64_t range_changed_at = 0;     // of the writer: number of the last change that took keys from its range
  alignas(64) uint64_t prefix[kLaneCount];
  std::atomic<const MemRecord*> record[kLaneCount];  // the newest version
};

struct InnerNode : IndexNode {
  uint32_t sorted_count = 0;  // slots that are in order; later ones are not
  alignas(64) uint64_t prefix[kLaneCount];
  const MemRecord* separator[kLaneCount];  // keys below the slot's child are at or above its key; null in the
                                           // first slot of the leftmost nodes
  std::atomic<IndexNode*> child[kLaneCount];
};

/// The eight bytes of `key` behind its first `skip`, padded with zeros; needs key.size() >= skip.
inline uint64_t key_prefix_at(Bytes key, size_t skip) {
  const size_t left = key.size() - skip;
  if (left >= sizeof(uint64_t) || key.size() < sizeof(uint64_t)) return key_prefix(key.substr(skip));
  if (left == 0) return 0;
  return key_prefix(key.substr(key.size() - sizeof(uint64_t))) << (8 * (sizeof(uint64_t) - left));
}

/// Skips are multiples of four, so that they change seldom, and with them the prefixes of a whole node.
inline uint32_t shared_skip(Bytes a, Bytes b) {
  return static_cast<uint32_t>(common_prefix_size(a, b)) & ~uint32_t{3};
}

/// How `key` stands to the bytes that the keys of a node share; 0: it shares them. `one` is any key in it.
inline int compare_shared(const IndexNode& node, Bytes key, Bytes one) {
  const Bytes of_node = one.substr(node.known, node.skip - node.known);
  return compare_bytes(key.substr(node.known, node.skip - node.known), of_node);
}

/// Any record of a leaf that is not empty.
inline const MemRecord* any_record(const LeafNode& leaf) {
  return leaf.record[0].load(std::memory_order_relaxed);
}

}  // namespace wombat
