#include "base/memory_budget.h"

#include <algorithm>

namespace wombat {

const char* memory_category_name(MemoryCategory category) {
  static constexpr const char* kNames[] = {
#define WOMBAT_X(id, name) name,
      WOMBAT_MEMORY_CATEGORIES(WOMBAT_X)
#undef WOMBAT_X
  };
  return kNames[static_cast<size_t>(category)];
}

void MemoryBudget::set_limit(size_t limit_bytes) noexcept {
  limit_.store(limit_bytes == 0 ? kNoLimit : std::min(limit_bytes, kNoLimit), std::memory_order_relaxed);
}

/// Each thread for itself: one that has begun may be stopped by the system for as long as others need to fill the rest.
void MemoryBudget::make_room(size_t bytes) noexcept {
  static constinit thread_local bool is_making_room = false;
  if (is_making_room) return;
  is_making_room = true;
  coming_.fetch_add(bytes, std::memory_order_relaxed);
  relief_();
  coming_.fetch_sub(bytes, std::memory_order_relaxed);
  is_making_room = false;
}

void MemoryBudget::add(MemoryCategory category, size_t bytes) noexcept {
  if (total() + bytes > usable() && relief_) make_room(bytes);
  used_[static_cast<size_t>(category)].fetch_add(bytes, std::memory_order_relaxed);
  const size_t now = total_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
  size_t peak = peak_.load(std::memory_order_relaxed);
  while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
  }
}

void MemoryBudget::remove(MemoryCategory category, size_t bytes) noexcept {
  used_[static_cast<size_t>(category)].fetch_sub(bytes, std::memory_order_relaxed);
  total_.fetch_sub(bytes, std::memory_order_relaxed);
}

/// The counters are read one after the other: they may tell of different moments.
size_t MemoryBudget::room_beside(size_t others) const {
  const size_t all = usable() - std::min(usable(), coming());
  return std::max(all > others ? all - others : 0, limit() / kLeastPart);
}

size_t MemoryBudget::room_for_cache() const {
  if (!has_limit()) return kNoLimit;
  const size_t cache = used(MemoryCategory::kCache);
  const size_t everything = total();
  return room_beside(everything > cache ? everything - cache : 0);
}

size_t MemoryBudget::room_for_indexes() const {
  if (!has_limit()) return kNoLimit;
  const size_t both = used(MemoryCategory::kCache) + used(MemoryCategory::kIndexes);
  const size_t everything = total();
  const size_t room = room_beside(everything > both ? everything - both : 0);
  return room - room / 4;
}

}  // namespace wombat
