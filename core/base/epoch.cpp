#include "base/epoch.h"

#include <chrono>
#include <new>
#include <thread>

#include "base/immortal.h"
#include "base/thread_hint.h"

namespace wombat {

namespace {

/// Ids of domains start with 1: a thread that owns nothing has 0.
constinit std::atomic<uint64_t> last_domain_id{0};

/// What a thread owns that came when all slots were owned: never free.
constinit EpochDomain::Slot no_slot{.epoch = 1, .owner = 0};

}  // namespace

constinit thread_local EpochDomain::ThreadClaim EpochDomain::thread_claim = {0, nullptr};

EpochDomain::~EpochDomain() {
  for (Retirable* object = retired_first_; object != nullptr;) {
    Retirable* const next = object->next_retired;
    object->reclaim(object);
    object = next;
  }
}

EpochDomain::Slot* EpochDomain::enter_slow() noexcept {
  const uint64_t id = id_.load(std::memory_order_acquire);
  if (id != kNoOwners && thread_claim.domain_id != id) {
    Slot* const slot = claim_slot();
    thread_claim = {id, slot};
    // It is in use when this thread went from here to another domain and back.
    if (slot->epoch.load(std::memory_order_relaxed) == 0) {
      announce(slot);
      return slot;
    }
  }
  return enter_shared();  // also for a reader inside a reader
}

EpochDomain::Slot* EpochDomain::enter_shared() noexcept {
  static_assert(kSharedSlotCount == 128, "thread_hint(7)");
  size_t index = thread_hint(7);
  for (size_t tries = 0;; ++tries) {
    Slot& slot = slots_[index];
    uint64_t expected = 0;
    if (slot.epoch.load(std::memory_order_relaxed) == 0 &&
        slot.epoch.compare_exchange_strong(expected, epoch_.load(std::memory_order_seq_cst))) {
      return &slot;
    }
    index = (index + 1) % kSharedSlotCount;
    if (tries % kSharedSlotCount == kSharedSlotCount - 1) std::this_thread::yield();
  }
}

/// Once for each thread. Slots are handed out from the first one on, so that those behind the first free one have
/// never been used.
EpochDomain::Slot* EpochDomain::claim_slot() noexcept {
  const uint64_t me = support_.thread_id();
  for (size_t i = kSharedSlotCount; i < kSlotCount; ++i) {
    uint64_t owner = 0;
    if (slots_[i].owner.compare_exchange_strong(owner, me) || owner == me) return &slots_[i];
  }
  for (size_t i = kSharedSlotCount; i < kSlotCount; ++i) {
    uint64_t owner = slots_[i].owner.load();
    if (support_.thread_has_ended(owner) && slots_[i].epoch.load() == 0 &&
        slots_[i].owner.compare_exchange_strong(owner, me)) {
      return &slots_[i];
    }
  }
  return &no_slot;
}

uint64_t EpochDomain::oldest_active() const noexcept {
  uint64_t oldest = ~uint64_t{0};
  for (size_t i = 0; i < kSlotCount; ++i) {
    if (i >= kSharedSlotCount && slots_[i].owner.load(std::memory_order_seq_cst) == 0) break;
    const uint64_t epoch = slots_[i].epoch.load(std::memory_order_seq_cst);
    if (epoch != 0 && epoch < oldest) oldest = epoch;
  }
  return oldest;
}

void EpochDomain::let_threads_own_slots(const ThreadSupport& support) noexcept {
  // Under the lock: a thread that frees sees both or neither, and readers own nothing before this ends.
  std::lock_guard lock(mutex_);
  if (threads_own_slots()) return;
  support_ = support;
  id_.store(last_domain_id.fetch_add(1) + 1, std::memory_order_release);
}

void EpochDomain::add_retired(Retirable* object) noexcept {
  object->retired_epoch = epoch_.fetch_add(1, std::memory_order_seq_cst);
  object->next_retired = nullptr;
  (retired_last_ == nullptr ? retired_first_ : retired_last_->next_retired) = object;
  retired_last_ = object;
}

void EpochDomain::retire(Retirable* object) noexcept {
  std::unique_lock lock(mutex_);
  add_retired(object);
  reclaim(std::move(lock));
}

void EpochDomain::retire_later(Retirable* object, size_t bytes) noexcept {
  std::unique_lock lock(mutex_);
  add_retired(object);
  waiting_bytes_ += bytes;
  // Only the barrier is worth waiting for company.
  if (support_.barrier == nullptr || waiting_bytes_ > kWaitingBytesMax) reclaim(std::move(lock));
}

void EpochDomain::reclaim() noexcept { reclaim(std::unique_lock(mutex_)); }

void EpochDomain::reclaim(std::unique_lock<std::mutex> lock) noexcept {
  if (retired_first_ == nullptr) return;
  waiting_bytes_ = 0;
  if (support_.barrier != nullptr) {
    // A reader that can be seen is inside; only those that cannot be seen yet need the barrier.
    if (oldest_active() <= retired_first_->retired_epoch || !support_.barrier()) return;
  }
  const uint64_t oldest = oldest_active();
  Retirable* last = nullptr;
  for (Retirable* object = retired_first_; object != nullptr && object->retired_epoch < oldest;
       object = object->next_retired) {
    last = object;
  }
  if (last == nullptr) return;
  Retirable* free_list = retired_first_;
  retired_first_ = last->next_retired;
  if (retired_first_ == nullptr) retired_last_ = nullptr;
  last->next_retired = nullptr;
  reclaimers_.fetch_add(1);
  lock.unlock();
  while (free_list != nullptr) {
    Retirable* const next = free_list->next_retired;
    free_list->reclaim(free_list);
    free_list = next;
  }
  reclaimers_.fetch_sub(1);
}

bool EpochDomain::has_freed(uint64_t epoch) noexcept {
  reclaim();
  std::lock_guard lock(mutex_);
  const bool is_waiting = retired_first_ != nullptr && retired_first_->retired_epoch <= epoch;
  return !is_waiting && reclaimers_.load() == 0;
}

void EpochDomain::synchronize() noexcept {
  const uint64_t now = epoch_.fetch_add(1, std::memory_order_seq_cst);
  while (!has_freed(now)) std::this_thread::yield();
}

bool EpochDomain::synchronize(const std::function<bool()>& gives_up) {
  constexpr int kYieldsMax = 100;  // a reader that is not preempted has left by then
  const uint64_t now = epoch_.fetch_add(1, std::memory_order_seq_cst);
  for (int tries = 0; !has_freed(now); ++tries) {
    if (gives_up()) return false;
    if (tries < kYieldsMax)
      std::this_thread::yield();
    else
      std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return true;
}

void EpochDomain::abandon_after_fork() noexcept {
  id_.store(kNoOwners);
  support_ = ThreadSupport();
  for (Slot& slot : slots_) {
    slot.epoch.store(0);
    slot.owner.store(0);
  }
  new (&mutex_) std::mutex;  // the old one may be held by a thread that is not here
  retired_first_ = retired_last_ = nullptr;
  reclaimers_.store(0);
}

EpochDomain& process_epochs() noexcept { return immortal<EpochDomain>(); }

}  // namespace wombat
