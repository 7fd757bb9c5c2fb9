/// The range deletes of a memtable: one writer, readers that neither lock nor wait.
///
/// They lie in a few immutable sets whose sizes at least double from the newest to the oldest, so that adding one costs
/// little however many there are (as in the logarithmic method of Bentley and Saxe, 1980), and asking looks at few.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/epoch.h"
#include "kv/range_set.h"

namespace wombat {

class MemtableRanges {
 public:
  MemtableRanges() = default;
  ~MemtableRanges();
  MemtableRanges(const MemtableRanges&) = delete;
  MemtableRanges& operator=(const MemtableRanges&) = delete;

  /// In two steps, as for entries: see Memtable::stage. The writer's.
  void stage(Bytes lower, const Bytes* upper, Timestamp timestamp);
  void link_staged(size_t count) noexcept;

  bool empty() const { return current_.load(std::memory_order_relaxed) == nullptr; }
  /// Of the newest range delete not later than `at` that `key` lies in; 0: none. The caller is inside an epoch of
  /// process_epochs().
  Timestamp cover(Bytes key, Timestamp at) const;
  /// All of them; the newest sets first. The caller is inside an epoch, or no writer is there.
  std::vector<RangeSetPtr> sets() const;
  /// Range deletes that have been linked. Any thread.
  uint64_t count() const { return count_.load(std::memory_order_relaxed); }
  size_t memory_usage() const { return memory_.load(std::memory_order_relaxed); }

 private:
  struct Stack : Retirable {
    std::vector<RangeSetPtr> sets;  // newest first
    std::vector<size_t> memory;     // of each
  };

  std::atomic<Stack*> current_{nullptr};
  std::atomic<uint64_t> count_{0};
  std::atomic<size_t> memory_{0};
  std::vector<std::unique_ptr<Stack>> staged_;  // of the writer: what current_ becomes after each
};

}  // namespace wombat
