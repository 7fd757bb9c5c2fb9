#include "base/epoch.h"

#include <thread>

#include "base/thread_hint.h"

namespace wombat {

EpochDomain::~EpochDomain() {
  for (Retirable* object = retired_first_; object != nullptr;) {
    Retirable* const next = object->next_retired;
    object->reclaim(object);
    object = next;
  }
}

EpochDomain::Slot* EpochDomain::enter() noexcept {
  static_assert(kSlotCount == 128, "thread_hint(7)");
  size_t index = thread_hint(7);
  for (size_t tries = 0;; ++tries) {
    Slot& slot = slots_[index];
    uint64_t expected = 0;
    if (slot.epoch.load(std::memory_order_relaxed) == 0 &&
        slot.epoch.compare_exchange_strong(expected, epoch_.load(std::memory_order_seq_cst))) {
      return &slot;
    }
    index = (index + 1) % kSlotCount;
    if (tries % kSlotCount == kSlotCount - 1) std::this_thread::yield();
  }
}

uint64_t EpochDomain::oldest_active() const noexcept {
  uint64_t oldest = ~uint64_t{0};
  for (const Slot& slot : slots_) {
    const uint64_t epoch = slot.epoch.load(std::memory_order_seq_cst);
    if (epoch != 0 && epoch < oldest) oldest = epoch;
  }
  return oldest;
}

void EpochDomain::retire(Retirable* object) noexcept {
  {
    std::lock_guard lock(mutex_);
    object->retired_epoch = epoch_.fetch_add(1, std::memory_order_seq_cst);
    object->next_retired = nullptr;
    (retired_last_ == nullptr ? retired_first_ : retired_last_->next_retired) = object;
    retired_last_ = object;
  }
  reclaim();
}

void EpochDomain::reclaim() noexcept {
  Retirable* free_list = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (retired_first_ == nullptr) return;
    const uint64_t oldest = oldest_active();
    Retirable* last = nullptr;
    for (Retirable* object = retired_first_; object != nullptr && object->retired_epoch < oldest;
         object = object->next_retired) {
      last = object;
    }
    if (last == nullptr) return;
    free_list = retired_first_;
    retired_first_ = last->next_retired;
    if (retired_first_ == nullptr) retired_last_ = nullptr;
    last->next_retired = nullptr;
  }
  while (free_list != nullptr) {
    Retirable* const next = free_list->next_retired;
    free_list->reclaim(free_list);
    free_list = next;
  }
}

uint64_t EpochDomain::counter_sum(size_t counter) const noexcept {
  uint64_t sum = 0;
  for (const Slot& slot : slots_) sum += slot.counters[counter].load(std::memory_order_relaxed);
  return sum;
}

}  // namespace wombat
