#include "memtable/blocked_index.h"

#include <algorithm>

#include "base/check.h"

namespace wombat {

namespace {

/// What a search in the node looks at before it knows the slot: the header and the prefixes.
void prefetch(const IndexNode* node) {
  const char* const bytes = reinterpret_cast<const char*>(node);
  for (size_t at = 0; at < 64 + kLaneCount * sizeof(uint64_t); at += 64) __builtin_prefetch(bytes + at);
}

/// A record with a key and a value of usual sizes.
void prefetch_record(const MemRecord* record) {
  const char* const bytes = reinterpret_cast<const char*>(record);
  for (size_t at = 0; at < 192; at += 64) __builtin_prefetch(bytes + at);
}

template <typename Choose>
IndexNode* child_of(const InnerNode& node, const Choose& choose) {
  uint32_t count = node.count.load(std::memory_order_acquire);
  for (;;) {
    IndexNode* const child = node.child[choose(node, count)].load(std::memory_order_acquire);
    const uint32_t count_now = node.count.load(std::memory_order_acquire);
    if (count_now == count) return child;  // invariant 3
    count = count_now;
  }
}

/// The slots of `leaf` whose prefix is that of `key`. A key that does not share what the leaf's keys share can be
/// equal in its prefix, but not as a whole.
uint32_t equal_slots(const LeafNode& leaf, Bytes key) {
  if (key.size() < leaf.skip) return 0;
  const uint32_t count = leaf.count.load(std::memory_order_acquire);
  return equal_lanes(leaf.prefix, count, key_prefix_at(key, leaf.skip));
}

const MemRecord* find_in_slots(const LeafNode& leaf, uint32_t slots, Bytes key, Timestamp at) {
  for (; slots != 0; slots &= slots - 1) {
    const auto slot = static_cast<uint32_t>(std::countr_zero(slots));
    const MemRecord* const newest = leaf.record[slot].load(std::memory_order_acquire);
    if (keys_equal(newest->key(), key)) return version_at(newest, at);
  }
  return nullptr;
}

}  // namespace

BlockedIndex::BlockedIndex(const std::shared_ptr<BlockPool>& blocks)
    : small_arena_(kSmallBlockSize, blocks), arena_(kBlockSize, blocks), huge_arena_(blocks), pool_(blocks) {
  pool_.reserve(NodePool::cost<LeafNode>() + NodePool::cost<InnerNode>());
  last_leaf_ = pool_.make<LeafNode>();
  InnerNode* const root = pool_.make<InnerNode>();
  root->level = 1;
  root->sorted_count = 1;
  root->separator[0] = nullptr;
  root->child[0].store(last_leaf_, std::memory_order_relaxed);
  root->count.store(1, std::memory_order_relaxed);
  root_.store(root, std::memory_order_release);
}

BlockedIndex::Staged BlockedIndex::make(Bytes key, Tag tag, Bytes value, size_t staged_count) {
  key_size_max_ = std::max(key_size_max_, static_cast<uint32_t>(key.size()));
  pool_.reserve(link_bytes_max(staged_count + 1));
  return {new_record(key, tag, value)};
}

/// Keys that ascend need no way down the tree.
bool BlockedIndex::is_above_all(Bytes key) const {
  return greatest_ != nullptr && compare_bytes(key, greatest_->key()) > 0;
}

LeafNode* BlockedIndex::leaf_of_writer(Bytes key) const {
  return is_above_all(key) ? last_leaf_ : find_leaf(key);
}

void BlockedIndex::locate(Staged* staged, size_t count) const noexcept {
  WOMBAT_ASSERT(count <= kLaneCount);
  IndexNode* nodes[kLaneCount];
  Staged* wanted[kLaneCount];
  size_t wanted_count = 0;
  InnerNode* const root = root_.load(std::memory_order_relaxed);
  for (size_t i = 0; i < count; ++i) {
    staged[i].located_at = range_change_count_;
    if (is_above_all(staged[i].record->key())) {
      staged[i].leaf = last_leaf_;
    } else {
      nodes[wanted_count] = root;
      wanted[wanted_count++] = &staged[i];
    }
  }
  // Level by level, so that the misses of all keys overlap.
  for (uint32_t level = root->level; level > 0; --level) {
    for (size_t i = 0; i < wanted_count; ++i) {
      const auto& node = static_cast<const InnerNode&>(*nodes[i]);
      const uint32_t slots = node.count.load(std::memory_order_relaxed);
      nodes[i] = node.child[slot_of(node, slots, wanted[i]->record->key())].load(std::memory_order_relaxed);
      prefetch(nodes[i]);
    }
  }
  for (size_t i = 0; i < wanted_count; ++i) {
    wanted[i]->leaf = static_cast<LeafNode*>(nodes[i]);
  }
}

MemRecord* BlockedIndex::new_record(Bytes key, Tag tag, Bytes value) {
  Arena& arena = small_arena_.memory_usage() < kSmallArenaSize ? small_arena_
                 : arena_.memory_usage() < kArenaSize          ? arena_
                                                               : huge_arena_;
  char* const memory =
      arena.allocate_aligned(sizeof(MemRecord) + key.size() + value.size(), alignof(MemRecord));
  MemRecord* const record = new (memory)
      MemRecord{tag, nullptr, static_cast<uint32_t>(value.size()), static_cast<uint16_t>(key.size())};
  char* const bytes = memory + sizeof(MemRecord);
  if (!key.empty()) std::memcpy(bytes, key.data(), key.size());
  if (!value.empty()) std::memcpy(bytes + key.size(), value.data(), value.size());
  return record;
}

/// What linking this many records can take in the worst case. A leaf splits once at once, because it may be full,
/// and then again after 15 inserts; it is rebuilt at most once after it was made. Inner nodes grow with the leaves
/// as leaves grow with the entries; one at an edge is rebuilt when its guess of a shared prefix fails, which at
/// least halves the guess.
size_t BlockedIndex::link_bytes_max(size_t staged_count) const {
  const size_t splits = std::min(staged_count, leaf_count_ + staged_count / 15 + 2);
  const size_t inner_splits = std::min(splits, inner_count_ + splits / 15 + 1);
  const size_t guesses = static_cast<size_t>(std::bit_width(key_size_max_)) + 1;
  const size_t rebuilds = std::min(splits, guesses * (4 + splits / 7));
  const size_t leaves = 4 * splits + 2;
  const size_t levels = level_count_ + static_cast<size_t>(std::bit_width(splits)) / 3 + 1;
  const size_t inner_nodes = levels * (2 * inner_splits + rebuilds + 1);
  return leaves * NodePool::cost<LeafNode>() + inner_nodes * NodePool::cost<InnerNode>() +
         staged_count * NodePool::cost<VersionLink>();
}

/// Whether slot `a` stands behind slot `b` in key order.
bool BlockedIndex::slot_is_above(const InnerNode& node, uint32_t a, uint32_t b) {
  if (b == 0) return true;
  if (node.prefix[a] != node.prefix[b]) return node.prefix[a] > node.prefix[b];
  return compare_bytes(node.separator[a]->key(), node.separator[b]->key()) > 0;
}

uint32_t BlockedIndex::greatest_slot(const InnerNode& node, uint32_t count) {
  uint32_t best = node.sorted_count - 1;
  for (uint32_t slot = node.sorted_count; slot < count; ++slot)
    if (slot_is_above(node, slot, best)) best = slot;
  return best;
}

/// The slot with the greatest separator at or below `key`; the first slot stands for everything below the others.
uint32_t BlockedIndex::slot_of(const InnerNode& node, uint32_t count, Bytes key) {
  if (count == 1) return 0;
  if (node.known < node.skip) {
    const int order = compare_shared(node, key, node.separator[1]->key());
    if (order != 0) return order < 0 ? 0 : greatest_slot(node, count);
  }
  const LaneMasks masks = compare_lanes(node.prefix, count, key_prefix_at(key, node.skip));
  const uint32_t less = masks.less | 1;
  const uint32_t sorted = first_lanes(node.sorted_count);
  uint32_t best = static_cast<uint32_t>(std::bit_width(less & sorted)) - 1;
  for (uint32_t rest = less & ~sorted; rest != 0; rest &= rest - 1) {
    const auto slot = static_cast<uint32_t>(std::countr_zero(rest));
    if (slot_is_above(node, slot, best)) best = slot;
  }
  for (uint32_t rest = masks.equal & ~uint32_t{1}; rest != 0; rest &= rest - 1) {
    const auto slot = static_cast<uint32_t>(std::countr_zero(rest));
    if (compare_bytes(node.separator[slot]->key(), key) <= 0 && slot_is_above(node, slot, best)) best = slot;
  }
  return best;
}

template <typename Choose>
LeafNode* BlockedIndex::descend(const Choose& choose) const {
  const InnerNode* node = root_.load(std::memory_order_acquire);
  for (;;) {
    IndexNode* const child = child_of(*node, choose);
    if (node->level == 1) return static_cast<LeafNode*>(child);
    node = static_cast<const InnerNode*>(child);
    prefetch(node);
  }
}

LeafNode* BlockedIndex::find_leaf(Bytes key) const {
  return descend([&](const InnerNode& node, uint32_t count) { return slot_of(node, count, key); });
}

LeafNode* BlockedIndex::last_leaf() const { return descend(greatest_slot); }

/// For the writer.
void BlockedIndex::find_path(Bytes key, Path* path) const {
  InnerNode* node = root_.load(std::memory_order_relaxed);
  path->size = node->level;
  for (;;) {
    const uint32_t slot = slot_of(*node, node->count.load(std::memory_order_relaxed), key);
    path->steps[node->level - 1] = {node, slot};
    if (node->level == 1) return;
    node = static_cast<InnerNode*>(node->child[slot].load(std::memory_order_relaxed));
  }
}

const MemRecord* BlockedIndex::find(Bytes key, Timestamp at) const {
  const LeafNode* const leaf = find_leaf(key);
  prefetch(leaf);
  return find_in_slots(*leaf, equal_slots(*leaf, key), key, at);
}

void BlockedIndex::find_group(const Bytes* keys, size_t count, Timestamp at, const MemRecord** found) const {
  // Each loop asks for what the next one looks at, so that the misses of all keys overlap.
  const IndexNode* nodes[kLaneCount];
  const InnerNode* const root = root_.load(std::memory_order_acquire);
  std::fill_n(nodes, count, root);
  for (uint32_t level = root->level; level > 0; --level) {
    for (size_t i = 0; i < count; ++i) {
      nodes[i] =
          child_of(static_cast<const InnerNode&>(*nodes[i]),
                   [&](const InnerNode& node, uint32_t slots) { return slot_of(node, slots, keys[i]); });
      prefetch(nodes[i]);
    }
  }
  uint32_t slots[kLaneCount];
  for (size_t i = 0; i < count; ++i) {
    const auto& leaf = static_cast<const LeafNode&>(*nodes[i]);
    slots[i] = equal_slots(leaf, keys[i]);
    if (slots[i] != 0) __builtin_prefetch(&leaf.record[std::countr_zero(slots[i])]);
  }
  for (size_t i = 0; i < count; ++i) {
    if (slots[i] == 0) continue;
    const auto& leaf = static_cast<const LeafNode&>(*nodes[i]);
    prefetch_record(leaf.record[std::countr_zero(slots[i])].load(std::memory_order_acquire));
  }
  for (size_t i = 0; i < count; ++i) {
    found[i] = find_in_slots(static_cast<const LeafNode&>(*nodes[i]), slots[i], keys[i], at);
  }
}

uint32_t sort_slots(const LeafNode& leaf, uint8_t order[kLaneCount]) {
  const uint32_t count = leaf.count.load(std::memory_order_acquire);
  if (sort_lanes(leaf.prefix, count, order)) return count;
  for (uint32_t slot = 0; slot < count; ++slot) {
    const LaneMasks masks = compare_lanes(leaf.prefix, count, leaf.prefix[slot]);
    auto rank = static_cast<uint32_t>(std::popcount(masks.less));
    uint32_t ties = masks.equal & ~(uint32_t{1} << slot);
    if (ties != 0) {
      const Bytes key = leaf.record[slot].load(std::memory_order_acquire)->key();
      for (; ties != 0; ties &= ties - 1) {
        const auto other = static_cast<uint32_t>(std::countr_zero(ties));
        rank += compare_bytes(leaf.record[other].load(std::memory_order_acquire)->key(), key) < 0;
      }
    }
    order[rank] = static_cast<uint8_t>(slot);
  }
  return count;
}

}  // namespace wombat
