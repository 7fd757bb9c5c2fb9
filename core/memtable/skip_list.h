/// Ordered set of entries (key, tag, value) in an arena: a skip list (Pugh, 1990) for one writer at a time
/// and readers that neither lock nor wait.
///
/// Invariants:
/// 1. A node never changes after it is linked, its links apart, and lives as long as the list.
/// 2. Each level is sorted: key ascending, then timestamp descending; of entries with equal key and timestamp
/// the one
///    inserted later comes first, whatever their kinds, because the last operation of a commit on a key wins.
///    Level 0 holds all nodes, every level a part of the one below it.
/// 3. A node is complete, links included, before a release store makes it reachable, level 0 first; links are
///    loaded with acquire. So a reader that finds a node on some level sees all of it, but it may not be
///    linked on its upper levels yet.
/// 4. All memory is taken by make(); when it is short the list is as before. A node that is never linked
/// stays unused.
/// 5. Splice: splice_[i] is the last node of level i at or before the node inserted last.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/arena.h"
#include "base/random.h"
#include "kv/entry.h"

namespace wombat {

class SkipList {
 public:
  static constexpr int kHeightMax = 12;  // with branching 4 good for 16 million entries

  /// One entry. In memory: links, highest level first | this header | key | value.
  class Node {
   public:
    Bytes key() const { return Bytes(bytes(), key_size_); }
    Bytes value() const { return Bytes(bytes() + key_size_, value_size_); }
    Tag tag() const { return tag_; }
    Node* next(int level) const { return link(level).load(std::memory_order_acquire); }
    int height() const { return height_; }

   private:
    friend class SkipList;
    using Link = std::atomic<Node*>;

    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    Link& link(int level) const { return const_cast<Link*>(reinterpret_cast<const Link*>(this))[-1 - level]; }

    Tag tag_;
    uint32_t value_size_;
    uint16_t key_size_;
    uint8_t height_;
  };

  /// A list that has grown large takes its memory from `blocks`.
  explicit SkipList(std::shared_ptr<BlockPool> blocks = std::make_shared<BlockPool>(0));
  SkipList(const SkipList&) = delete;
  SkipList& operator=(const SkipList&) = delete;

  /// Copies an entry into a node that nobody can reach yet. One thread at a time. Throws std::bad_alloc.
  Node* make(Bytes key, Tag tag, Bytes value);
  /// Inserts what make() returned, once.
  void link(Node* node) noexcept;
  /// Both.
  void insert(Bytes key, Tag tag, Bytes value) { link(make(key, tag, value)); }

  const Node* first() const { return head_->next(0); }
  /// Null when the list is empty.
  const Node* last() const;
  /// First node of `key` with a timestamp at or below that of `tag`, or of a greater key, or null.
  const Node* find_at_or_after(Bytes key, Tag tag) const;

  /// For walking backward: on each level the last node before the position; the head where there is none.
  using Path = std::array<const Node*, kHeightMax>;
  /// The node before `node`, or null; fills `path`.
  const Node* find_before(const Node* node, Path* path) const;
  /// The same when `node` was the last answer of find_before or step_before with this path: costs a few hops.
  const Node* step_before(const Node* node, Path* path) const;

  size_t memory_usage() const {
    return small_arena_.memory_usage() + arena_.memory_usage() + huge_arena_.memory_usage();
  }
  uint64_t entry_count() const { return entry_count_.load(std::memory_order_relaxed); }

 private:
  // A memtable that stays small takes little memory; one that grows pays for few blocks.
  static constexpr size_t kSmallBlockSize = 16 << 10;
  static constexpr size_t kSmallArenaSize = 128 << 10;
  static constexpr size_t kBlockSize = 512 << 10;
  static constexpr size_t kArenaSize = 4 << 20;
  // Bytes of a key that may be loaded although it is shorter.
  static constexpr size_t kReadable = sizeof(uint64_t);

  struct Target {
    Bytes key;
    uint64_t prefix;
    Timestamp timestamp;
  };

  static uint64_t prefix_of(const Node* node);
  static bool is_before(const Node* node, const Target& target);
  static void prefetch(const Node* node);

  Node* new_node(Bytes key, Tag tag, Bytes value, int height);
  int random_height();
  bool splice_fits(const Target& target) const;
  void find_splice(const Target& target);
  const Node* descend_before(const Node* node, int height, Path* path) const;

  Arena small_arena_;
  Arena arena_;
  Arena huge_arena_;
  Node* head_;
  std::atomic<int> height_{1};
  std::atomic<uint64_t> entry_count_{0};
  Random random_{0x5EED};
  Node* splice_[kHeightMax];
};

}  // namespace wombat
