/// Ordered set of versions of keys in an arena, for one writer and readers that neither lock nor wait: a B+-tree
/// whose nodes only grow at their ends (after the append-only leaves and copying splits of the Bw-tree, Levandoski
/// et al., 2013, without its delta chains), with the first differing bytes of the keys in the nodes.
///
/// Invariants:
/// 1. A slot is complete before a release store of its node's count covers it. Then only two things in it change:
///    the newest version of a leaf's key, and the child of an inner slot, each by one release store.
/// 2. A node that has been replaced never changes again. A reader that stands on it sees all that was in its range
///    when it was replaced.
/// 3. A split first appends the upper half to the parent, then replaces the lower half. So a reader that finds the
///    parent's count unchanged *after* it has loaded a child has the child for its key; otherwise it looks again,
///    at most once for each free slot.
/// 4. The leaves form a list in both directions; the neighbours of a replaced leaf are those of the moment it was
///    replaced. Walking from leaf to leaf therefore leaves out nothing that was there when the walk began.
/// 5. Versions of a key are inserted in the order of their timestamps.
/// 6. All memory is taken by make().
#pragma once

#include <array>
#include <atomic>

#include "memtable/index_node.h"
#include "memtable/node_pool.h"

namespace wombat {

class BlockedIndex {
 public:
  /// A record that nobody can reach yet, and where it will go, as far as that is known.
  struct Staged {
    MemRecord* record;
    LeafNode* leaf = nullptr;  // null: not known
    uint64_t located_at = 0;   // range_change_count_ then
  };

  /// An index that has grown large takes its memory from `blocks`.
  explicit BlockedIndex(const std::shared_ptr<BlockPool>& blocks);
  BlockedIndex(const BlockedIndex&) = delete;
  BlockedIndex& operator=(const BlockedIndex&) = delete;

  /// Copies an entry. `staged_count` entries have been made before and are not inserted yet. One thread at a time,
  /// here as in locate() and link(). Throws std::bad_alloc.
  Staged make(Bytes key, Tag tag, Bytes value, size_t staged_count);
  /// Notes the leaves that up to kLaneCount entries belong to, and begins to load them. Worth it some time before
  /// link(), which finds out itself where the leaf is not known or was split meanwhile.
  void locate(Staged* staged, size_t count) const noexcept;
  /// Inserts what make() returned, once.
  void link(const Staged& staged) noexcept;

  /// The newest version of `key` at or below `at`, or null.
  const MemRecord* find(Bytes key, Timestamp at) const;
  /// The same for up to kLaneCount keys, which go down the tree side by side.
  void find_group(const Bytes* keys, size_t count, Timestamp at, const MemRecord** found) const;
  /// The leaf whose range holds `key`.
  LeafNode* find_leaf(Bytes key) const;
  LeafNode* first_leaf() const { return find_leaf(Bytes()); }
  LeafNode* last_leaf() const;

  size_t memory_usage() const {
    return small_arena_.memory_usage() + arena_.memory_usage() + huge_arena_.memory_usage() +
           pool_.used_bytes();
  }
  uint64_t entry_count() const { return entry_count_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kLevelsMax = 12;  // of inner nodes; each has at least 16 children
  // A memtable that stays small takes little memory; one that grows pays for few blocks.
  static constexpr size_t kSmallBlockSize = 16 << 10;
  static constexpr size_t kSmallArenaSize = 128 << 10;
  static constexpr size_t kBlockSize = 512 << 10;
  static constexpr size_t kArenaSize = 4 << 20;

  struct Step {
    InnerNode* node;
    uint32_t slot;
  };
  /// From the root to the parent of a leaf; step 0 is the lowest.
  struct Path {
    std::array<Step, kLevelsMax> steps;
    size_t size = 0;
  };

  static uint32_t slot_of(const InnerNode& node, uint32_t count, Bytes key);
  static bool slot_is_above(const InnerNode& node, uint32_t a, uint32_t b);
  static uint32_t greatest_slot(const InnerNode& node, uint32_t count);

  template <typename Choose>
  LeafNode* descend(const Choose& choose) const;
  MemRecord* new_record(Bytes key, Tag tag, Bytes value);
  size_t link_bytes_max(size_t staged_count) const;
  void find_path(Bytes key, Path* path) const;
  bool is_above_all(Bytes key) const;
  LeafNode* leaf_of_writer(Bytes key) const;

  // blocked_insert.cpp
  bool overwrite(LeafNode& leaf, uint64_t prefix, MemRecord* record);
  void append(LeafNode& leaf, uint64_t prefix, const MemRecord* record);
  LeafNode* without_guess(LeafNode& leaf);
  uint32_t known_for(const MemRecord* lower, const MemRecord* upper) const;
  void split(LeafNode& leaf, const MemRecord* record);
  void open_leaf_behind(LeafNode& leaf, const MemRecord* record);
  void put_in_list(LeafNode& old_leaf, LeafNode& first, LeafNode& last);
  void add_child(Path& path, size_t depth, const MemRecord* separator, IndexNode* child);
  void split_inner(Path& path, size_t depth);
  void replace_node(Path& path, size_t depth, InnerNode* node);

  Arena small_arena_;
  Arena arena_;
  Arena huge_arena_;
  NodePool pool_;
  std::atomic<InnerNode*> root_{nullptr};
  std::atomic<uint64_t> entry_count_{0};
  // Of the writer.
  LeafNode* last_leaf_ = nullptr;
  const MemRecord* greatest_ = nullptr;  // a record of the greatest key
  uint64_t range_change_count_ = 0;
  size_t leaf_count_ = 1;
  size_t inner_count_ = 1;
  size_t level_count_ = 1;
  uint32_t key_size_max_ = 0;
};

/// The slots of a leaf in the order of their keys; returns how many.
uint32_t sort_slots(const LeafNode& leaf, uint8_t order[kLaneCount]);

}  // namespace wombat
