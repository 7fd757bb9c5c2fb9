#include "base/epoch.h"

#include <new>
#include <thread>

#include "base/immortal.h"
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
    reclaimers_.fetch_add(1);
  }
  while (free_list != nullptr) {
    Retirable* const next = free_list->next_retired;
    free_list->reclaim(free_list);
    free_list = next;
  }
  reclaimers_.fetch_sub(1);
}

void EpochDomain::synchronize() noexcept {
  const uint64_t now = epoch_.fetch_add(1, std::memory_order_seq_cst);
  for (;;) {
    reclaim();
    {
      std::lock_guard lock(mutex_);
      const bool is_waiting = retired_first_ != nullptr && retired_first_->retired_epoch <= now;
      if (!is_waiting && reclaimers_.load() == 0) return;
    }
    std::this_thread::yield();
  }
}

void EpochDomain::abandon_after_fork() noexcept {
  for (Slot& slot : slots_) slot.epoch.store(0);
  new (&mutex_) std::mutex;  // the old one may be held by a thread that is not here
  retired_first_ = retired_last_ = nullptr;
  reclaimers_.store(0);
}

EpochDomain& process_epochs() noexcept { return immortal<EpochDomain>(); }

}  // namespace wombat
