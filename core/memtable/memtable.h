/// Recent writes in memory: one writer at a time, readers that never wait.
///
/// A reader sees every entry whose insertion happened before it obtained the timestamp it reads at (the
/// database publishes a timestamp only after all entries of that commit are in). Views handed out live as
/// long as the memtable.
///
/// Order: key ascending, timestamp descending. Of entries with equal key and timestamp the one inserted later
/// is met first, whatever their kinds: the operations of one commit on a key apply in order and the last
/// wins. Timestamps of one key never fall from one insertion to the next.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/hash.h"
#include "base/result.h"
#include "kv/entry.h"
#include "kv/iterator.h"
#include "memtable/memtable_filter.h"
#include "memtable/memtable_ranges.h"

namespace wombat {

class BlockedIndex;

class Memtable {
 public:
  virtual ~Memtable() = default;
  Memtable(const Memtable&) = delete;
  Memtable& operator=(const Memtable&) = delete;

  /// Takes an entry in two steps, so that a commit can go to the log between them: stage() copies it and
  /// takes all memory, unseen by readers; link_staged() inserts the first `count` entries staged, in their
  /// order, and forgets the rest. stage() throws std::bad_alloc, after which what was staged before is as it
  /// was.
  void stage(Bytes key, Tag tag, Bytes value) {
    stage_entry(key, tag, value);
    filter_.add(hash_key(key));
    if (tag_kind(tag) == Kind::kDelete) [[unlikely]]
      delete_count_.store(delete_count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    if (!has_entries_.load(std::memory_order_relaxed)) has_entries_.store(true, std::memory_order_relaxed);
  }
  virtual void link_staged(size_t count) noexcept = 0;
  /// Range deletes, apart from the entries: staged and linked in the same way.
  /// Keeps what entries refer to as long as they are here. The writer's; throws std::bad_alloc.
  void hold(const std::shared_ptr<const void>& thing) {
    for (auto held = held_.rbegin(); held != held_.rend(); ++held)
      if (*held == thing) return;
    held_.push_back(thing);
  }
  MemtableRanges& ranges() { return ranges_; }
  const MemtableRanges& ranges() const { return ranges_; }
  /// Both for one entry.
  void insert(Bytes key, Tag tag, Bytes value) {
    stage(key, tag, value);
    link_staged(1);
  }

  /// Whether a key may be here that has this hash_key(): asked before get(), it saves most searches in vain.
  bool may_contain(uint64_t hash) const {
    return has_entries_.load(std::memory_order_relaxed) && filter_.may_contain(hash);
  }

  /// Every entry is later than this, and those of older memtables are not. Set before there are readers.
  Timestamp begins_after() const { return begins_after_; }
  void set_begins_after(Timestamp timestamp) { begins_after_ = timestamp; }

  struct Found {
    Tag tag;
    Bytes value;
  };
  /// Newest version of `key` with timestamp <= `at`. Returns false when there is none.
  bool get(Bytes key, Timestamp at, Found* found) const {
    return blocked_ != nullptr ? get_blocked(*blocked_, key, at, found) : get_other(key, at, found);
  }
  /// get() of up to kGroupSizeMax keys: bit i of the result says whether found[i] was set.
  virtual uint32_t get_group(const Bytes* keys, size_t count, Timestamp at, Found* found) const;
  static constexpr size_t kGroupSizeMax = 32;

  virtual std::unique_ptr<Iterator> new_iterator() const = 0;

  /// Bytes of memory in use, the filter apart, and how many entries there are. Any thread.
  size_t memory_usage() const { return entry_memory_usage() + ranges_.memory_usage(); }
  virtual uint64_t entry_count() const = 0;
  /// Deletes among them: about, since what was staged and not linked counts as well. Any thread.
  uint64_t delete_count() const { return delete_count_.load(std::memory_order_relaxed); }
  /// Neither entries nor range deletes.
  bool empty() const { return entry_count() == 0 && ranges_.empty(); }

 protected:
  /// `blocked` is the index of the default kind: its gets are calls that the compiler sees.
  explicit Memtable(const BlockedIndex* blocked = nullptr) : blocked_(blocked) {}

 private:
  friend Result<std::unique_ptr<Memtable>> make_memtable(std::string_view, std::shared_ptr<BlockPool>,
                                                         size_t);

  virtual void stage_entry(Bytes key, Tag tag, Bytes value) = 0;
  virtual size_t entry_memory_usage() const = 0;
  static bool get_blocked(const BlockedIndex& index, Bytes key, Timestamp at, Found* found);
  /// get() of another kind.
  virtual bool get_other(Bytes key, Timestamp at, Found* found) const = 0;

  const BlockedIndex* const blocked_;
  MemtableFilter filter_;
  Timestamp begins_after_ = 0;
  std::atomic<bool> has_entries_{false};  // or had some staged
  std::atomic<uint64_t> delete_count_{0};
  MemtableRanges ranges_;
  std::vector<std::shared_ptr<const void>> held_;
  std::unique_ptr<MemoryCharge> filter_charge_;
};

/// `kind` is a value of the option memtable.kind: "blocked" or "skiplist". "hash" is reserved
/// (kUnsupported); anything else is kInvalidArgument.
/// Large pieces of memory come from `pool`, if there is one. `filter_size_bytes` for may_contain(); 0: it cannot tell.
Result<std::unique_ptr<Memtable>> make_memtable(std::string_view kind,
                                                std::shared_ptr<BlockPool> pool = nullptr,
                                                size_t filter_size_bytes = 0);

}  // namespace wombat
