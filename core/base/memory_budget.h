/// One ceiling for the memory of one database: what is in use by category, and how much room that leaves to those that
/// can give memory back. It is told about pieces (blocks of arenas, chunks of frames, open tables, buffers of jobs), never
/// about single operations.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace wombat {

// identifier, name in reports
#define WOMBAT_MEMORY_CATEGORIES(X) \
  X(kMemtables, "memtables")        \
  X(kCache, "cache")                \
  X(kIndexes, "table_indexes")      \
  X(kMerges, "merges")              \
  X(kIterators, "iterators")        \
  X(kTransactions, "transactions")  \
  X(kBatches, "batches")            \
  X(kLogs, "logs")

enum class MemoryCategory : uint32_t {
#define WOMBAT_X(id, name) id,
  WOMBAT_MEMORY_CATEGORIES(WOMBAT_X)
#undef WOMBAT_X
      kCount
};
inline constexpr size_t kMemoryCategoryCount = static_cast<size_t>(MemoryCategory::kCount);
const char* memory_category_name(MemoryCategory category);

/// Any thread.
class MemoryBudget {
 public:
  static constexpr size_t kNoLimit = ~size_t{0} >> 1;

  /// `limit_bytes` 0: none.
  explicit MemoryBudget(size_t limit_bytes = 0) { set_limit(limit_bytes); }
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  void set_limit(size_t limit_bytes) noexcept;
  /// kNoLimit: none.
  size_t limit() const { return limit_.load(std::memory_order_relaxed); }
  bool has_limit() const { return limit() != kNoLimit; }

  /// Called, with no lock of the budget held, by who takes memory when that is more than the limit allows, before it is
  /// counted: room_for_cache() and room_for_indexes() leave it out already. Several threads may be in it at the same time.
  /// What it takes itself is counted, and asks nobody. Set while nobody takes memory.
  void set_relief(std::function<void()> relief) { relief_ = std::move(relief); }

  void add(MemoryCategory category, size_t bytes) noexcept;
  void remove(MemoryCategory category, size_t bytes) noexcept;

  size_t used(MemoryCategory category) const {
    return used_[static_cast<size_t>(category)].load(std::memory_order_relaxed);
  }
  size_t total() const { return total_.load(std::memory_order_relaxed); }
  /// The largest total() there was.
  size_t peak() const { return peak_.load(std::memory_order_relaxed); }
  /// More is in use than the limit allows, or will be when those have come who are making room.
  bool is_exceeded() const { return total() + coming() > usable(); }
  /// What is set aside is used up as well, or will be.
  bool is_past_limit() const { return total() + coming() > limit(); }

  /// What is left of the limit for all that is counted here: a part is set aside for what is not, such as stacks, small
  /// objects, and memory that the allocator holds.
  size_t usable() const { return has_limit() ? limit() - limit() / kSetAsidePart : kNoLimit; }
  /// What frames may take now: what everything else leaves, but always a little.
  size_t room_for_cache() const;
  /// What open tables may take now: most of what they have together with the frames.
  size_t room_for_indexes() const;

 private:
  static constexpr size_t kSetAsidePart = 12;
  static constexpr size_t kLeastPart = 32;  // of the limit: so much frames and open tables have at least

  size_t coming() const { return coming_.load(std::memory_order_relaxed); }
  size_t room_beside(size_t others) const;
  void make_room(size_t bytes) noexcept;

  std::atomic<size_t> limit_{kNoLimit};
  std::array<std::atomic<size_t>, kMemoryCategoryCount> used_{};
  std::atomic<size_t> total_{0};
  std::atomic<size_t> coming_{0};  // of threads that are in relief_
  std::atomic<size_t> peak_{0};
  std::function<void()> relief_;
};

/// Where memory of one kind is counted; nowhere without a budget.
class MemoryAccount {
 public:
  MemoryAccount() = default;
  MemoryAccount(std::shared_ptr<MemoryBudget> budget, MemoryCategory category)
      : budget_(std::move(budget)), category_(category) {}
  void add(size_t bytes) const noexcept {
    if (budget_ != nullptr && bytes != 0) budget_->add(category_, bytes);
  }
  void remove(size_t bytes) const noexcept {
    if (budget_ != nullptr && bytes != 0) budget_->remove(category_, bytes);
  }
  MemoryBudget* budget() const { return budget_.get(); }
  const std::shared_ptr<MemoryBudget>& shared_budget() const { return budget_; }

 private:
  std::shared_ptr<MemoryBudget> budget_;
  MemoryCategory category_ = MemoryCategory::kCount;
};

/// What one object has taken. Not synchronised.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  explicit MemoryCharge(MemoryAccount account) : account_(std::move(account)) {}
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;
  ~MemoryCharge() { set(0); }
  size_t bytes() const { return bytes_; }
  /// So much it has from now on.
  void set(size_t bytes) noexcept {
    const size_t before = std::exchange(bytes_, bytes);
    if (bytes > before) account_.add(bytes - before);
    if (bytes < before) account_.remove(before - bytes);
  }

 private:
  MemoryAccount account_;
  size_t bytes_ = 0;
};

}  // namespace wombat
