/// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004): readers announce themselves in a slot of
/// their own for the length of one operation; what was unpublished meanwhile is freed after they have left.
///
/// Invariants, all with sequentially consistent operations:
/// 1. A reader takes a slot *before* it loads a protected pointer, and leaves it after its last use.
/// 2. A writer unpublishes an object *before* it retires it; retire() stamps it with the epoch then ending.
/// 3. An object is freed only when every taken slot carries a later epoch than its stamp.
/// Slots are claimed by compare-and-swap and owned exclusively while held, so there is no per-thread state,
/// no registration, and what belongs to a slot (read_counters.h) needs no atomic addition.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace wombat {

/// Base of everything that is freed through an epoch: intrusive, so that retiring allocates nothing.
struct Retirable {
  Retirable* next_retired = nullptr;
  uint64_t retired_epoch = 0;
  /// Called once, outside every lock of the domain, when no reader can hold the object any more.
  void (*reclaim)(Retirable* self) = nullptr;
};

class EpochDomain {
 public:
  static constexpr size_t kSlotCount = 128;

  struct alignas(64) Slot {
    std::atomic<uint64_t> epoch{0};  // 0: free
  };

  EpochDomain() = default;
  EpochDomain(const EpochDomain&) = delete;
  EpochDomain& operator=(const EpochDomain&) = delete;
  /// No reader may be inside. Frees all that was retired.
  ~EpochDomain();

  Slot* enter() noexcept;
  static void leave(Slot* slot) noexcept { slot->epoch.store(0, std::memory_order_release); }

  /// Hands over `object`, already unreachable for new readers. Never throws.
  void retire(Retirable* object) noexcept;
  /// Frees what can be freed now. Called by retire; call it from background work as well.
  void reclaim() noexcept;
  /// Waits until everything retired before this call has been freed. Not from inside an epoch, nor from a
  /// reclaim function.
  void synchronize() noexcept;
  /// For the child of a fork, where no other thread exists: forgets readers that did not come along and what
  /// waited for them.
  void abandon_after_fork() noexcept;
  /// Index of a slot of this domain, below kSlotCount.
  size_t index_of(const Slot* slot) const noexcept { return static_cast<size_t>(slot - slots_.data()); }

 private:
  uint64_t oldest_active() const noexcept;

  std::array<Slot, kSlotCount> slots_;
  alignas(64) std::atomic<uint64_t> epoch_{1};
  std::mutex mutex_;
  Retirable* retired_first_ = nullptr;  // guarded by mutex_; ascending epochs
  Retirable* retired_last_ = nullptr;
  std::atomic<size_t> reclaimers_{0};  // threads that are freeing objects
};

/// The domain that all databases of the process share, so that a handle can be looked up before its database
/// is known. Never destroyed.
EpochDomain& process_epochs() noexcept;

/// Holds a slot for a scope.
class EpochGuard {
 public:
  explicit EpochGuard(EpochDomain& domain) noexcept : domain_(domain), slot_(domain.enter()) {}
  ~EpochGuard() { EpochDomain::leave(slot_); }
  EpochGuard(const EpochGuard&) = delete;
  EpochGuard& operator=(const EpochGuard&) = delete;
  EpochDomain::Slot& slot() const { return *slot_; }
  size_t slot_index() const noexcept { return domain_.index_of(slot_); }

 private:
  EpochDomain& domain_;
  EpochDomain::Slot* slot_;
};

}  // namespace wombat
