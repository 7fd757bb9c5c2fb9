#include "memtable/memtable_skiplist.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "kv/key_prefix.h"
#include "memtable/skip_list.h"

namespace wombat {

namespace {

class SkipListIterator final : public Iterator {
 public:
  explicit SkipListIterator(const SkipList& list) : list_(list) {}

  void seek_first() override { show(list_.first()); }
  void seek_last() override { show(list_.last()); }
  void seek(Bytes key, Tag tag) override { show(list_.find_at_or_after(key, tag)); }

  void next() override {
    WOMBAT_ASSERT(valid_);
    show(node_->next(0));
  }

  void prev() override {
    WOMBAT_ASSERT(valid_);
    const SkipList::Node* const before =
        path_is_for_node_ ? list_.step_before(node_, &path_) : list_.find_before(node_, &path_);
    show(before);
    path_is_for_node_ = true;
  }

 private:
  void show(const SkipList::Node* node) {
    node_ = node;
    path_is_for_node_ = false;
    valid_ = node != nullptr;
    if (!valid_) return;
    key_ = node->key();
    value_ = node->value();
    tag_ = node->tag();
    prefetch_following(node);
  }

  // In memory the nodes lie in order of insertion, so each hop misses the cache; the second level, where
  // there is one, leads about four hops ahead.
  static void prefetch_following(const SkipList::Node* node) {
    __builtin_prefetch(node->next(0));
    if (node->height() > 1) __builtin_prefetch(node->next(1));
  }

  const SkipList& list_;
  const SkipList::Node* node_ = nullptr;
  bool path_is_for_node_ = false;
  SkipList::Path path_;
};

class SkipListMemtable final : public Memtable {
 public:
  explicit SkipListMemtable(std::shared_ptr<BlockPool> pool) : list_(std::move(pool)) {}

  void link_staged(size_t count) noexcept override {
    WOMBAT_ASSERT(count <= staged_.size());
    for (size_t i = 0; i < count; ++i) list_.link(staged_[i]);
    staged_.clear();
  }

  std::unique_ptr<Iterator> new_iterator() const override {
    return std::make_unique<SkipListIterator>(list_);
  }
  size_t entry_memory_usage() const override { return list_.memory_usage(); }
  uint64_t entry_count() const override { return list_.entry_count(); }

 private:
  void stage_entry(Bytes key, Tag tag, Bytes value) override {
    WOMBAT_ASSERT(key.size() <= kKeySizeMax && value.size() <= kValueSizeMax);
    staged_.push_back(nullptr);
    try {
      staged_.back() = list_.make(key, tag, value);
    } catch (...) {
      staged_.pop_back();
      throw;
    }
  }
  bool get_other(Bytes key, Timestamp at, Found* found) const override {
    const SkipList::Node* const node = list_.find_at_or_after(key, seek_tag(at));
    if (node == nullptr || !keys_equal(node->key(), key)) return false;
    *found = {node->tag(), node->value()};
    return true;
  }

  SkipList list_;
  std::vector<SkipList::Node*> staged_;
};

}  // namespace

std::unique_ptr<Memtable> make_skiplist_memtable(std::shared_ptr<BlockPool> pool) {
  return std::make_unique<SkipListMemtable>(std::move(pool));
}

}  // namespace wombat
