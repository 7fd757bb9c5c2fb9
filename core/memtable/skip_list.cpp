#include "memtable/skip_list.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "kv/key_prefix.h"

namespace wombat {

SkipList::SkipList(std::shared_ptr<BlockPool> blocks)
    : small_arena_(kSmallBlockSize, blocks),
      arena_(kBlockSize, blocks),
      huge_arena_(std::move(blocks)),
      head_(new_node(Bytes(), kTagMax, Bytes(), kHeightMax)) {
  std::fill(std::begin(splice_), std::end(splice_), head_);
}

// As key_prefix, but without a branch on short keys: what follows a short key is masked away.
inline uint64_t SkipList::prefix_of(const Node* node) {
  uint64_t word;
  std::memcpy(&word, node->bytes(), sizeof word);
  if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
  if (node->key_size_ >= kReadable) [[likely]]
    return word;
  return node->key_size_ == 0 ? 0 : word & ~uint64_t{0} << (64 - 8 * node->key_size_);
}

inline bool SkipList::is_before(const Node* node, const Target& target) {
  const uint64_t prefix = prefix_of(node);
  if (prefix != target.prefix) return prefix < target.prefix;
  const int order = compare_bytes(node->key(), target.key);
  return order != 0 ? order < 0 : tag_timestamp(node->tag_) > target.timestamp;
}

inline void SkipList::prefetch(const Node* node) { __builtin_prefetch(node); }

SkipList::Node* SkipList::new_node(Bytes key, Tag tag, Bytes value, int height) {
  const size_t links_size = static_cast<size_t>(height) * sizeof(Node::Link);
  const size_t bytes_size = std::max(key.size() + value.size(), kReadable);
  Arena& arena = small_arena_.memory_usage() < kSmallArenaSize ? small_arena_
                 : arena_.memory_usage() < kArenaSize          ? arena_
                                                               : huge_arena_;
  char* const memory = arena.allocate_aligned(links_size + sizeof(Node) + bytes_size, alignof(Node));
  for (int i = 0; i < height; ++i)
    new (memory + static_cast<size_t>(i) * sizeof(Node::Link)) Node::Link(nullptr);
  Node* const node = new (memory + links_size) Node;
  node->tag_ = tag;
  node->value_size_ = static_cast<uint32_t>(value.size());
  node->key_size_ = static_cast<uint16_t>(key.size());
  node->height_ = static_cast<uint8_t>(height);
  char* const bytes = reinterpret_cast<char*>(node + 1);
  if (key.size() + value.size() < kReadable) std::memset(bytes, 0, kReadable);
  if (!key.empty()) std::memcpy(bytes, key.data(), key.size());
  if (!value.empty()) std::memcpy(bytes + key.size(), value.data(), value.size());
  return node;
}

// Height h with probability 3/4 * (1/4)^(h - 1): pairs of zero bits are counted.
int SkipList::random_height() {
  const uint64_t bits = random_.next() | uint64_t{1} << (2 * (kHeightMax - 1));
  return 1 + std::countr_zero(bits) / 2;
}

SkipList::Node* SkipList::make(Bytes key, Tag tag, Bytes value) {
  return new_node(key, tag, value, random_height());
}

void SkipList::link(Node* node) noexcept {
  const Target target = {node->key(), key_prefix(node->key()), tag_timestamp(node->tag())};
  const int height = node->height();
  if (!splice_fits(target)) find_splice(target);
  for (int i = 0; i < height; ++i) {
    node->link(i).store(splice_[i]->link(i).load(std::memory_order_relaxed), std::memory_order_relaxed);
  }
  for (int i = 0; i < height; ++i) {
    splice_[i]->link(i).store(node, std::memory_order_release);
    splice_[i] = node;
  }
  // Readers that still see the old height only start lower.
  if (height > height_.load(std::memory_order_relaxed)) height_.store(height, std::memory_order_relaxed);
  entry_count_.store(entry_count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

// Whether the new entry belongs right behind the one inserted last: then, by invariant 5, the splice holds
// its predecessors on all levels.
inline bool SkipList::splice_fits(const Target& target) const {
  const Node* const last = splice_[0];
  if (last != head_ && !is_before(last, target)) return false;
  const Node* const next = last->link(0).load(std::memory_order_relaxed);
  return next == nullptr || !is_before(next, target);
}

void SkipList::find_splice(const Target& target) {
  Node* node = head_;
  const Node* passed = nullptr;  // known not to be before the target
  for (int level = kHeightMax - 1; level >= height_.load(std::memory_order_relaxed); --level)
    splice_[level] = head_;
  for (int level = height_.load(std::memory_order_relaxed) - 1; level >= 0; --level) {
    for (;;) {
      Node* const next = node->link(level).load(std::memory_order_relaxed);
      if (level > 0) prefetch(node->link(level - 1).load(std::memory_order_relaxed));
      if (next == passed || next == nullptr || !is_before(next, target)) {
        passed = next;
        break;
      }
      node = next;
    }
    splice_[level] = node;
  }
}

const SkipList::Node* SkipList::find_at_or_after(Bytes key, Tag tag) const {
  const Target target = {key, key_prefix(key), tag_timestamp(tag)};
  const Node* node = head_;
  const Node* passed = nullptr;
  for (int level = height_.load(std::memory_order_relaxed) - 1; level >= 0; --level) {
    for (;;) {
      const Node* const next = node->next(level);
      if (level > 0) prefetch(node->link(level - 1).load(std::memory_order_relaxed));
      if (next == nullptr || next == passed || !is_before(next, target)) {
        passed = next;
        break;
      }
      node = next;
    }
  }
  return passed;
}

const SkipList::Node* SkipList::last() const {
  const Node* node = head_;
  for (int level = height_.load(std::memory_order_relaxed) - 1; level >= 0; --level) {
    while (const Node* const next = node->next(level)) node = next;
  }
  return node == head_ ? nullptr : node;
}

const SkipList::Node* SkipList::find_before(const Node* node, Path* path) const {
  path->fill(head_);
  return descend_before(node, height_.load(std::memory_order_relaxed), path);
}

// On the levels that `node` does not reach, what was before its successor is before it, too.
const SkipList::Node* SkipList::step_before(const Node* node, Path* path) const {
  return descend_before(node, node->height_, path);
}

// Fills the levels of `path` below `height`; those above hold nodes before `node`.
const SkipList::Node* SkipList::descend_before(const Node* node, int height, Path* path) const {
  const Target target = {node->key(), prefix_of(node), tag_timestamp(node->tag_)};
  const Node* before = height < kHeightMax ? (*path)[static_cast<size_t>(height)] : head_;
  for (int level = height - 1; level > 0; --level) {
    for (;;) {
      const Node* const next = before->next(level);
      // By invariant 3 `node` itself may be missing here.
      if (next == nullptr || next == node || !is_before(next, target)) break;
      before = next;
    }
    (*path)[static_cast<size_t>(level)] = before;
  }
  // Equal entries may stand in front of `node`; identity finds its very predecessor among them.
  while (before->next(0) != node) before = before->next(0);
  (*path)[0] = before;
  return before == head_ ? nullptr : before;
}

}  // namespace wombat
