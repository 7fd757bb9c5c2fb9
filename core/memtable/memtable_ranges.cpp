#include "memtable/memtable_ranges.h"

#include <numeric>

namespace wombat {

MemtableRanges::~MemtableRanges() { delete current_.load(std::memory_order_acquire); }

void MemtableRanges::stage(Bytes lower, const Bytes* upper, Timestamp timestamp) {
  const Stack* const before =
      staged_.empty() ? current_.load(std::memory_order_relaxed) : staged_.back().get();
  auto next = std::make_unique<Stack>();
  next->reclaim = [](Retirable* self) { delete static_cast<Stack*>(self); };
  RangeSet newest(lower, upper, timestamp);
  size_t i = 0;
  if (before != nullptr) {
    for (; i < before->sets.size(); ++i) {
      const RangeSet& older = *before->sets[i];
      if (older.fragments().size() > 2 * newest.fragments().size()) break;
      newest = RangeSet::join(newest, older);
    }
  }
  next->memory.push_back(newest.memory_usage());
  next->sets.push_back(std::make_shared<const RangeSet>(std::move(newest)));
  for (; before != nullptr && i < before->sets.size(); ++i) {
    next->sets.push_back(before->sets[i]);
    next->memory.push_back(before->memory[i]);
  }
  staged_.push_back(std::move(next));
}

void MemtableRanges::link_staged(size_t count) noexcept {
  if (count != 0) {
    Stack* const next = staged_[count - 1].release();
    memory_.store(std::accumulate(next->memory.begin(), next->memory.end(), size_t{0}),
                  std::memory_order_relaxed);
    count_.fetch_add(count, std::memory_order_relaxed);
    Stack* const before = current_.exchange(next, std::memory_order_acq_rel);
    if (before != nullptr) process_epochs().retire(before);
  }
  staged_.clear();
}

Timestamp MemtableRanges::cover(Bytes key, Timestamp at) const {
  const Stack* const stack = current_.load(std::memory_order_acquire);
  if (stack == nullptr) return 0;
  Timestamp newest = 0;
  for (const RangeSetPtr& set : stack->sets) {
    const Timestamp found = set->cover(key, at);
    if (found > newest) newest = found;
  }
  return newest;
}

std::vector<RangeSetPtr> MemtableRanges::sets() const {
  const Stack* const stack = current_.load(std::memory_order_acquire);
  return stack == nullptr ? std::vector<RangeSetPtr>() : stack->sets;
}

}  // namespace wombat
