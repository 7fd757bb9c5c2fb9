/// The writer's part of the blocked index.
#include <algorithm>

#include "base/check.h"
#include "memtable/blocked_index.h"

namespace wombat {

namespace {

constexpr uint32_t kHalf = kLaneCount / 2;

/// Both are on the way to being published: nobody else sees them.
void add_record(LeafNode& leaf, const MemRecord* record, uint64_t prefix) {
  const uint32_t slot = leaf.count.load(std::memory_order_relaxed);
  leaf.prefix[slot] = prefix;
  leaf.record[slot].store(record, std::memory_order_relaxed);
  leaf.count.store(slot + 1, std::memory_order_release);
}

/// Copies slots of `from` in the given order; prefixes are computed anew where the skip differs.
void copy_slots(const LeafNode& from, const uint8_t* slots, uint32_t count, LeafNode* to) {
  for (uint32_t i = 0; i < count; ++i) {
    const MemRecord* const record = from.record[slots[i]].load(std::memory_order_relaxed);
    const uint64_t prefix =
        to->skip == from.skip ? from.prefix[slots[i]] : key_prefix_at(record->key(), to->skip);
    add_record(*to, record, prefix);
  }
}

void set_separator(InnerNode& node, uint32_t slot, const MemRecord* separator, IndexNode* child) {
  node.separator[slot] = separator;
  node.prefix[slot] = slot == 0 ? 0 : key_prefix_at(separator->key(), node.skip);
  node.child[slot].store(child, std::memory_order_relaxed);
}

/// The slots of an inner node in key order.
void sort_inner_slots(const InnerNode& node, uint32_t count, uint8_t order[kLaneCount]) {
  for (uint32_t slot = 0; slot < count; ++slot) order[slot] = static_cast<uint8_t>(slot);
  std::sort(order + 1, order + count, [&](uint8_t a, uint8_t b) {
    if (node.prefix[a] != node.prefix[b]) return node.prefix[a] < node.prefix[b];
    return compare_bytes(node.separator[a]->key(), node.separator[b]->key()) < 0;
  });
}

/// Fills a new node with slots of `from`, in key order. Without both neighbours nothing is known of the keys that
/// will come, so what the separators share is a guess.
void fill_inner(const InnerNode& from, const uint8_t* slots, uint32_t count, uint32_t known,
                uint32_t skip_max, InnerNode* to) {
  to->level = from.level;
  to->known = known;
  to->skip = known;
  if (count > 1) {
    const uint32_t shared =
        shared_skip(from.separator[slots[1]]->key(), from.separator[slots[count - 1]]->key());
    to->skip = std::max(known, std::min(shared, skip_max));
  }
  for (uint32_t i = 0; i < count; ++i) {
    set_separator(*to, i, from.separator[slots[i]], from.child[slots[i]].load(std::memory_order_relaxed));
  }
  to->sorted_count = count;
  to->count.store(count, std::memory_order_relaxed);
}

/// The separator behind that of `slot`, or null when it is the last.
const MemRecord* separator_behind(const InnerNode& node, uint32_t slot) {
  uint8_t order[kLaneCount];
  const uint32_t count = node.count.load(std::memory_order_relaxed);
  sort_inner_slots(node, count, order);
  const uint8_t* const at = std::find(order, order + count, slot);
  return at + 1 == order + count ? nullptr : node.separator[at[1]];
}

bool shares(const IndexNode& node, Bytes key, const MemRecord* one) {
  return node.known == node.skip || compare_shared(node, key, one->key()) == 0;
}

}  // namespace

void BlockedIndex::link(const Staged& staged) noexcept {
  MemRecord* const record = staged.record;
  const Bytes key = record->key();
  LeafNode* leaf = staged.leaf;
  if (leaf == nullptr || leaf->range_changed_at > staged.located_at) leaf = leaf_of_writer(key);
  const uint32_t count = leaf->count.load(std::memory_order_relaxed);
  if (count > 0 && !shares(*leaf, key, any_record(*leaf))) leaf = without_guess(*leaf);
  const uint64_t prefix = key_prefix_at(key, leaf->skip);
  if (!overwrite(*leaf, prefix, record)) {
    if (count < kLaneCount) {
      append(*leaf, prefix, record);
    } else {
      split(*leaf, record);
    }
  }
  entry_count_.store(entry_count() + 1, std::memory_order_relaxed);
}

bool BlockedIndex::overwrite(LeafNode& leaf, uint64_t prefix, MemRecord* record) {
  const uint32_t count = leaf.count.load(std::memory_order_relaxed);
  for (uint32_t equal = equal_lanes(leaf.prefix, count, prefix); equal != 0; equal &= equal - 1) {
    const auto slot = static_cast<uint32_t>(std::countr_zero(equal));
    const MemRecord* const newest = leaf.record[slot].load(std::memory_order_relaxed);
    if (!keys_equal(newest->key(), record->key())) continue;
    WOMBAT_ASSERT(newest->timestamp() <= record->timestamp());
    const VersionLink link = link_above(newest);
    record->versions = pool_.make<VersionLink>(link.older, link.jump, link.depth);
    leaf.record[slot].store(record, std::memory_order_release);
    return true;
  }
  return false;
}

void BlockedIndex::append(LeafNode& leaf, uint64_t prefix, const MemRecord* record) {
  if (&leaf == last_leaf_ && (greatest_ == nullptr || compare_bytes(record->key(), greatest_->key()) > 0))
    greatest_ = record;
  add_record(leaf, record, prefix);
}

/// What every key between the two shares; 0 at the edges.
uint32_t BlockedIndex::known_for(const MemRecord* lower, const MemRecord* upper) const {
  return lower == nullptr || upper == nullptr ? 0 : shared_skip(lower->key(), upper->key());
}

/// Replaces a leaf whose guess of a shared prefix does not hold for a key that belongs into it.
LeafNode* BlockedIndex::without_guess(LeafNode& leaf) {
  LeafNode* const copy = pool_.make<LeafNode>();
  copy->skip = copy->known = leaf.known;
  copy->lower = leaf.lower;
  uint8_t order[kLaneCount];
  const uint32_t count = sort_slots(leaf, order);
  copy_slots(leaf, order, count, copy);
  put_in_list(leaf, *copy, *copy);
  Path path;
  find_path(any_record(leaf)->key(), &path);
  path.steps[0].node->child[path.steps[0].slot].store(copy, std::memory_order_release);
  return copy;
}

/// Makes `first` to `last`, which are linked with each other, take the place of `old_leaf` in the list.
void BlockedIndex::put_in_list(LeafNode& old_leaf, LeafNode& first, LeafNode& last) {
  LeafNode* const previous = old_leaf.previous.load(std::memory_order_relaxed);
  LeafNode* const next = old_leaf.next.load(std::memory_order_relaxed);
  first.previous.store(previous, std::memory_order_relaxed);
  last.next.store(next, std::memory_order_relaxed);
  if (previous != nullptr) previous->next.store(&first, std::memory_order_release);
  if (next != nullptr) next->previous.store(&last, std::memory_order_release);
  if (last_leaf_ == &old_leaf) last_leaf_ = &last;
  old_leaf.range_changed_at = ++range_change_count_;
}

/// Makes room in a full leaf, and puts `record` there.
void BlockedIndex::split(LeafNode& leaf, const MemRecord* record) {
  if (&leaf == last_leaf_ && compare_bytes(record->key(), greatest_->key()) > 0) {
    open_leaf_behind(leaf, record);
    return;
  }
  uint8_t order[kLaneCount];
  sort_slots(leaf, order);
  const MemRecord* const middle = leaf.record[order[kHalf]].load(std::memory_order_relaxed);
  const LeafNode* const next = leaf.next.load(std::memory_order_relaxed);
  const auto record_at = [&](uint32_t i) { return leaf.record[order[i]].load(std::memory_order_relaxed); };

  LeafNode* const left = pool_.make<LeafNode>();
  left->lower = leaf.lower;
  left->known = known_for(leaf.lower, middle);
  left->skip =
      leaf.lower == nullptr ? shared_skip(record_at(0)->key(), record_at(kHalf - 1)->key()) : left->known;
  copy_slots(leaf, order, kHalf, left);

  LeafNode* const right = pool_.make<LeafNode>();
  right->lower = middle;
  right->known = known_for(middle, next == nullptr ? nullptr : next->lower);
  right->skip = next == nullptr ? shared_skip(middle->key(), record_at(kLaneCount - 1)->key()) : right->known;
  copy_slots(leaf, order + kHalf, kLaneCount - kHalf, right);

  left->next.store(right, std::memory_order_relaxed);
  right->previous.store(left, std::memory_order_relaxed);
  ++leaf_count_;
  Path path;
  find_path(record->key(), &path);
  put_in_list(leaf, *left, *right);
  add_child(path, 0, middle, right);
  path.steps[0].node->child[path.steps[0].slot].store(left, std::memory_order_release);

  LeafNode* half = compare_bytes(record->key(), middle->key()) < 0 ? left : right;
  if (!shares(*half, record->key(), any_record(*half))) half = without_guess(*half);
  append(*half, key_prefix_at(record->key(), half->skip), record);
}

/// Keys that ascend: the last leaf stays full, and a new one begins.
void BlockedIndex::open_leaf_behind(LeafNode& leaf, const MemRecord* record) {
  LeafNode* const opened = pool_.make<LeafNode>();
  opened->lower = record;
  // The next keys will resemble those of this leaf more than they resemble each other now.
  const uint32_t skip = shared_skip(any_record(leaf)->key(), record->key());
  opened->skip = skip;
  add_record(*opened, record, key_prefix_at(record->key(), skip));
  greatest_ = record;
  ++leaf_count_;
  Path path;
  find_path(record->key(), &path);
  opened->previous.store(&leaf, std::memory_order_relaxed);
  leaf.next.store(opened, std::memory_order_release);
  leaf.range_changed_at = ++range_change_count_;
  last_leaf_ = opened;
  add_child(path, 0, record, opened);
}

/// Adds a child that takes over the upper part of the range of that at path.steps[depth], whose place afterwards is
/// still told by the path.
void BlockedIndex::add_child(Path& path, size_t depth, const MemRecord* separator, IndexNode* child) {
  if (path.steps[depth].node->count.load(std::memory_order_relaxed) == kLaneCount) split_inner(path, depth);
  InnerNode* node = path.steps[depth].node;
  uint32_t count = node->count.load(std::memory_order_relaxed);
  if (count > 1 && !shares(*node, separator->key(), node->separator[1])) {
    InnerNode* const copy = pool_.make<InnerNode>();
    uint8_t order[kLaneCount];
    sort_inner_slots(*node, count, order);
    const uint32_t shared = shared_skip(separator->key(), node->separator[1]->key());
    fill_inner(*node, order, count, node->known, std::min(shared, (node->skip / 2) & ~uint32_t{3}), copy);
    path.steps[depth].slot =
        static_cast<uint32_t>(std::find(order, order + count, path.steps[depth].slot) - order);
    replace_node(path, depth, copy);
    node = copy;
  }
  set_separator(*node, count, separator, child);
  node->count.store(count + 1, std::memory_order_release);
}

/// Puts `node` in the place of the one at path.steps[depth], with the same range.
void BlockedIndex::replace_node(Path& path, size_t depth, InnerNode* node) {
  path.steps[depth].node = node;
  if (depth + 1 == path.size) {
    root_.store(node, std::memory_order_release);
    return;
  }
  const Step& above = path.steps[depth + 1];
  above.node->child[above.slot].store(node, std::memory_order_release);
}

/// Splits the full node at path.steps[depth]; afterwards the path leads through the right half.
void BlockedIndex::split_inner(Path& path, size_t depth) {
  const InnerNode& node = *path.steps[depth].node;
  uint8_t order[kLaneCount];
  sort_inner_slots(node, kLaneCount, order);
  const MemRecord* const lower = node.separator[0];
  const MemRecord* const middle = node.separator[order[kHalf]];
  const MemRecord* upper = nullptr;
  for (size_t above = depth + 1; above < path.size && upper == nullptr; ++above)
    upper = separator_behind(*path.steps[above].node, path.steps[above].slot);

  InnerNode* const left = pool_.make<InnerNode>();
  fill_inner(node, order, kHalf, known_for(lower, middle), lower == nullptr ? UINT32_MAX : 0, left);
  InnerNode* const right = pool_.make<InnerNode>();
  fill_inner(node, order + kHalf, kLaneCount - kHalf, known_for(middle, upper),
             upper == nullptr ? UINT32_MAX : 0, right);
  ++inner_count_;
  const auto rank =
      static_cast<uint32_t>(std::find(order, order + kLaneCount, path.steps[depth].slot) - order);

  if (depth + 1 == path.size) {
    InnerNode* const root = pool_.make<InnerNode>();
    root->level = node.level + 1;
    root->skip = shared_skip(left->separator[1]->key(), right->separator[1]->key());
    set_separator(*root, 0, nullptr, left);
    set_separator(*root, 1, middle, right);
    root->sorted_count = 2;
    root->count.store(2, std::memory_order_relaxed);
    root_.store(root, std::memory_order_release);
    ++level_count_;
    ++inner_count_;
    path.steps[path.size++] = {root, 0};
  } else {
    add_child(path, depth + 1, middle, right);
    const Step& above = path.steps[depth + 1];
    above.node->child[above.slot].store(left, std::memory_order_release);
  }
  // From here on the path goes through the half that holds the slot.
  Step& above = path.steps[depth + 1];
  if (rank >= kHalf) {
    above.slot = above.node->count.load(std::memory_order_relaxed) - 1;  // where `right` was put
    path.steps[depth] = {right, rank - kHalf};
  } else {
    path.steps[depth] = {left, rank};
  }
}

}  // namespace wombat
