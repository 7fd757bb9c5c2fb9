/// Epoch-based reclamation (Fraser, "Practical lock-freedom", 2004): readers announce themselves in a slot of
/// their own for the length of one operation; what was unpublished meanwhile is freed after they have left.
///
/// Invariants:
/// 1. A reader takes a slot *before* it loads a protected pointer, and leaves it after its last use.
/// 2. A writer unpublishes an object *before* it retires it; retire() stamps it with the epoch then ending.
/// 3. An object is freed only when every taken slot carries a later epoch than its stamp.
///
/// A slot that is shared is claimed by compare-and-swap and owned exclusively while held. Such an operation costs more
/// than itself: the processor does not begin with the next read before the last one of this read has ended. So in the
/// domain of the process each thread keeps a slot of its own (let_threads_own_slots), which it takes with a plain store.
/// What then holds invariant 1 against the processor's store buffer is the other side: who frees makes all threads
/// pass a memory barrier before it looks at the slots. No thread is registered and nothing runs when one ends: the slot
/// of a thread that is gone goes to the next one that needs it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

namespace wombat {

/// Base of everything that is freed through an epoch: intrusive, so that retiring allocates nothing.
struct Retirable {
  Retirable* next_retired = nullptr;
  uint64_t retired_epoch = 0;
  /// Called once, outside every lock of the domain, when no reader can hold the object any more.
  void (*reclaim)(Retirable* self) = nullptr;
};

/// What the system has to offer for threads to own slots; env/process_barrier.h has one.
struct ThreadSupport {
  /// Of the calling thread; never 0. Not in use by two threads at a time.
  uint64_t (*thread_id)() noexcept = nullptr;
  bool (*thread_has_ended)(uint64_t id) noexcept = nullptr;
  /// Every thread of the process passes a full memory barrier before this returns true.
  bool (*barrier)() noexcept = nullptr;
};

class EpochDomain {
 public:
  static constexpr size_t kSharedSlotCount = 128;
  static constexpr size_t kOwnedSlotCount = 64;  // threads beyond these share
  static constexpr size_t kSlotCount = kSharedSlotCount + kOwnedSlotCount;

  struct alignas(64) Slot {
    std::atomic<uint64_t> epoch{0};  // 0: free
    std::atomic<uint64_t> owner{0};  // id of a thread; 0: none
  };

  EpochDomain() = default;
  EpochDomain(const EpochDomain&) = delete;
  EpochDomain& operator=(const EpochDomain&) = delete;
  /// No reader may be inside. Frees all that was retired.
  ~EpochDomain();

  Slot* enter() noexcept {
    if (thread_claim.domain_id == id_.load(std::memory_order_relaxed)) [[likely]] {
      Slot* const slot = thread_claim.slot;
      if (slot->epoch.load(std::memory_order_relaxed) == 0) [[likely]] {
        announce(slot);
        return slot;
      }
    }
    return enter_slow();
  }
  static void leave(Slot* slot) noexcept { slot->epoch.store(0, std::memory_order_release); }

  /// Hands over `object`, already unreachable for new readers. Never throws.
  void retire(Retirable* object) noexcept;
  /// The same without hurry, for objects that come in numbers: it may stay until others of together
  /// kWaitingBytesMax have come, or the next retire() or reclaim().
  void retire_later(Retirable* object, size_t bytes) noexcept;
  /// Frees what can be freed now. Called by retire; call it from background work as well.
  void reclaim() noexcept;
  /// Waits until everything retired before this call has been freed. Not from inside an epoch, nor from a
  /// reclaim function.
  void synchronize() noexcept;
  /// The same until `gives_up` says so, which is asked again and again; false: it did, and something may be left. Throws
  /// what `gives_up` throws.
  bool synchronize(const std::function<bool()>& gives_up);
  /// From now on threads own slots. Any thread, any number of times.
  void let_threads_own_slots(const ThreadSupport& support) noexcept;
  bool threads_own_slots() const noexcept { return id_.load(std::memory_order_acquire) != kNoOwners; }
  /// Whether the calling thread is a reader here, as far as it can be told: true when in doubt.
  bool may_be_inside() const noexcept {
    if (!threads_own_slots()) return true;
    if (thread_claim.domain_id == 0) return false;  // it has never been in any
    return thread_claim.domain_id != id_.load(std::memory_order_relaxed) ||
           thread_claim.slot->epoch.load(std::memory_order_relaxed) != 0;
  }
  /// For the child of a fork, where no other thread exists: forgets readers that did not come along and what
  /// waited for them. Threads do not own slots any more.
  void abandon_after_fork() noexcept;
  /// Index of a slot of this domain, below kSlotCount.
  size_t index_of(const Slot* slot) const noexcept { return static_cast<size_t>(slot - slots_.data()); }

 private:
  static constexpr uint64_t kNoOwners = ~uint64_t{0};
  static constexpr size_t kWaitingBytesMax = 512 << 10;

  /// The slot that the calling thread owns, in the domain where it was last.
  struct ThreadClaim {
    uint64_t domain_id;
    Slot* slot;
  };
  // initial-exec: no call. Without a destructor, which would keep the library from being unloaded.
  static constinit thread_local ThreadClaim thread_claim __attribute__((tls_model("initial-exec")));

  void announce(Slot* slot) noexcept {
    // Release: who sees this epoch sees the end of what was read under an earlier one, too.
    slot->epoch.store(epoch_.load(std::memory_order_acquire), std::memory_order_release);
    std::atomic_signal_fence(std::memory_order_seq_cst);  // the processor's part: ThreadSupport::barrier
  }
  Slot* enter_slow() noexcept;
  Slot* enter_shared() noexcept;
  Slot* claim_slot() noexcept;
  uint64_t oldest_active() const noexcept;
  void add_retired(Retirable* object) noexcept;  // needs mutex_
  void reclaim(std::unique_lock<std::mutex> lock) noexcept;
  bool has_freed(uint64_t epoch) noexcept;

  std::array<Slot, kSlotCount> slots_;  // the shared ones first
  alignas(64) std::atomic<uint64_t> epoch_{1};
  std::atomic<uint64_t> id_{kNoOwners};  // of all domains there ever were; kNoOwners: threads own no slots
  alignas(64) std::mutex mutex_;
  ThreadSupport support_;               // guarded by mutex_ when it changes
  Retirable* retired_first_ = nullptr;  // guarded by mutex_; ascending epochs
  Retirable* retired_last_ = nullptr;
  size_t waiting_bytes_ = 0;           // guarded by mutex_; of retire_later
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
  /// Leaves and enters again: what was found before may be gone now, but for what something else keeps.
  void renew() noexcept {
    EpochDomain::leave(slot_);
    slot_ = domain_.enter();
  }
  EpochDomain::Slot& slot() const { return *slot_; }
  size_t slot_index() const noexcept { return domain_.index_of(slot_); }

 private:
  EpochDomain& domain_;
  EpochDomain::Slot* slot_;
};

}  // namespace wombat
