#include "memtable/memtable_blocked.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "base/check.h"
#include "memtable/blocked_index.h"

namespace wombat {

namespace {

/// Walks a copy of one leaf at a time: what is inserted into that leaf meanwhile is not seen before the next seek.
class BlockedIterator final : public Iterator {
 public:
  explicit BlockedIterator(const BlockedIndex& index) : index_(index) {}

  void seek_first() override {
    aimed_leaf_ = nullptr;
    enter(index_.first_leaf());
    show_first_from(0);
  }

  void seek_last() override {
    aimed_leaf_ = nullptr;
    enter(index_.last_leaf());
    show_last_below(count_);
  }

  void aim(Bytes key) override {
    valid_ = false;
    aimed_leaf_ = nullptr;
    if (index_.entry_count() == 0) return;
    aimed_leaf_ = index_.find_leaf(key);
    const char* const bytes = reinterpret_cast<const char*>(aimed_leaf_);
    for (size_t at = 0; at < sizeof(LeafNode); at += 64) __builtin_prefetch(bytes + at);
  }
  void fetch() override {
    if (aimed_leaf_ != nullptr) enter(aimed_leaf_);
  }

  void seek(Bytes key, Tag tag) override {
    if (aimed_leaf_ == nullptr) {
      aim(key);
      if (aimed_leaf_ == nullptr) return;  // there are no entries
      fetch();
    }
    aimed_leaf_ = nullptr;
    const uint32_t at = lower_bound(key);
    if (at < count_ && keys_equal(newest_[at]->key(), key)) {
      if (const MemRecord* const record = version_at(newest_[at], tag_timestamp(tag))) {
        at_ = at;
        show(record);
        return;
      }
      show_first_from(at + 1);
      return;
    }
    show_first_from(at);
  }

  void rest() override {
    valid_ = false;
    aimed_leaf_ = nullptr;
  }

  void next() override {
    WOMBAT_ASSERT(valid_);
    if (record_->versions != nullptr) {
      show(record_->versions->older);
      return;
    }
    show_first_from(at_ + 1);
  }

  void prev() override {
    WOMBAT_ASSERT(valid_);
    const MemRecord* const newest = newest_[at_];
    if (record_ != newest) {
      show(version_of_depth(newest, record_->depth() + 1));
      return;
    }
    show_last_below(at_);
  }

 private:
  void enter(const LeafNode* leaf) {
    leaf_ = leaf;
    uint8_t order[kLaneCount];
    count_ = sort_slots(*leaf, order);
    for (uint32_t i = 0; i < count_; ++i) {
      newest_[i] = leaf->record[order[i]].load(std::memory_order_acquire);
      __builtin_prefetch(newest_[i]);
    }
  }

  /// The first place in the leaf whose key is not below `key`.
  uint32_t lower_bound(Bytes key) const {
    if (count_ == 0) return 0;
    if (leaf_->known < leaf_->skip) {
      const int order = compare_shared(*leaf_, key, newest_[0]->key());
      if (order != 0) return order < 0 ? 0 : count_;
    }
    const LaneMasks masks = compare_lanes(leaf_->prefix, count_, key_prefix_at(key, leaf_->skip));
    auto at = static_cast<uint32_t>(std::popcount(masks.less));
    const uint32_t end = at + static_cast<uint32_t>(std::popcount(masks.equal));
    while (at < end && compare_bytes(newest_[at]->key(), key) < 0) ++at;
    return at;
  }

  /// The newest version of the key at place `at`, or of the first one in the leaves behind.
  void show_first_from(uint32_t at) {
    while (at >= count_) {
      const LeafNode* const next = leaf_->next.load(std::memory_order_acquire);
      if (next == nullptr) {
        valid_ = false;
        return;
      }
      enter(next);
      at = 0;
    }
    at_ = at;
    show(newest_[at]);
  }

  /// The oldest version of the key before place `at`, or of the last one in the leaves before.
  void show_last_below(uint32_t at) {
    while (at == 0) {
      const LeafNode* const previous = leaf_->previous.load(std::memory_order_acquire);
      if (previous == nullptr) {
        valid_ = false;
        return;
      }
      enter(previous);
      at = count_;
    }
    at_ = at - 1;
    show(version_of_depth(newest_[at_], 0));
  }

  void show(const MemRecord* record) {
    record_ = record;
    valid_ = true;
    key_ = record->key();
    value_ = record->value();
    tag_ = record->tag;
  }

  const BlockedIndex& index_;
  const LeafNode* leaf_ = nullptr;
  const LeafNode* aimed_leaf_ = nullptr;  // where the seek that was announced leads
  uint32_t count_ = 0;
  uint32_t at_ = 0;
  const MemRecord* record_ = nullptr;
  const MemRecord* newest_[kLaneCount];
};

class BlockedMemtable final : public Memtable {
 public:
  explicit BlockedMemtable(std::shared_ptr<BlockPool> pool) : Memtable(&index_), index_(std::move(pool)) {}

  /// While some entries are inserted, the leaves of the next ones are on their way into the caches.
  void link_staged(size_t count) noexcept override {
    WOMBAT_ASSERT(count <= staged_.size());
    size_t located = std::min<size_t>(count, 1);
    for (size_t linked = 0; linked < count;) {
      const size_t more = std::min(kLocatedTogether, count - located);
      if (more > 0) index_.locate(staged_.data() + located, more);
      for (; linked < located; ++linked) index_.link(staged_[linked]);
      located += more;
    }
    staged_.clear();
  }

  uint32_t get_group(const Bytes* keys, size_t count, Timestamp at, Found* found) const override {
    if (index_.entry_count() == 0) return 0;
    const MemRecord* records[kGroupSizeMax];
    index_.find_group(keys, count, at, records);
    uint32_t mask = 0;
    for (size_t i = 0; i < count; ++i) {
      if (records[i] == nullptr) continue;
      found[i] = {records[i]->tag, records[i]->value()};
      mask |= uint32_t{1} << i;
    }
    return mask;
  }

  std::unique_ptr<Iterator> new_iterator() const override {
    return std::make_unique<BlockedIterator>(index_);
  }
  size_t entry_memory_usage() const override { return index_.memory_usage(); }
  uint64_t entry_count() const override { return index_.entry_count(); }

 private:
  void stage_entry(Bytes key, Tag tag, Bytes value) override {
    WOMBAT_ASSERT(key.size() <= kKeySizeMax && value.size() <= kValueSizeMax);
    if (staged_.size() == staged_.capacity()) staged_.reserve(2 * staged_.size() + 8);
    staged_.push_back(index_.make(key, tag, value, staged_.size()));
    // The leaf of an entry that comes alone is loaded while the log is written.
    if (staged_.size() == 1) index_.locate(staged_.data(), 1);
  }
  bool get_other(Bytes, Timestamp, Found*) const override { return false; }  // get() does not come here

  // Enough that their misses overlap, and so few that their leaves stay in the first cache.
  static constexpr size_t kLocatedTogether = 16;

  BlockedIndex index_;
  std::vector<BlockedIndex::Staged> staged_;
};

}  // namespace

bool Memtable::get_blocked(const BlockedIndex& index, Bytes key, Timestamp at, Found* found) {
  if (index.entry_count() == 0) return false;
  const MemRecord* const record = index.find(key, at);
  if (record == nullptr) return false;
  *found = {record->tag, record->value()};
  return true;
}

std::unique_ptr<Memtable> make_blocked_memtable(std::shared_ptr<BlockPool> pool) {
  return std::make_unique<BlockedMemtable>(std::move(pool));
}

}  // namespace wombat
