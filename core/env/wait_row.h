/// Seats for threads that sleep until they are told something: one system call wakes any of those in a row. Waking
/// sleepers one by one costs a call each, and where processors fall asleep in between, a wake-up of theirs each.
#pragma once

#include <atomic>
#include <cstdint>

namespace wombat {

/// Tells the processor that this thread spins.
inline void spin_pause() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// What the sleeper waits for lies elsewhere, in an atomic of its own. The sleeper reads ring_count(), then looks at
/// its atomic, then sleeps with the number that it read; who changes the atomic calls wake() afterwards. Whichever
/// comes first, nobody sleeps on.
class alignas(64) WaitRow {
 public:
  static constexpr uint32_t kSeatCount = 32;

  uint32_t ring_count() const noexcept { return ring_count_.load(std::memory_order_acquire); }
  /// Returns when the row was woken since `ring_count` was read, when this seat is woken, after `timeout_us` (0:
  /// never) or for no reason: look again. Several threads may share a seat.
  void sleep(uint32_t ring_count, uint32_t seat, uint64_t timeout_us) noexcept;
  /// Wakes those who sleep on the seats whose bits are set.
  void wake(uint32_t seats) noexcept;

 private:
  std::atomic<uint32_t> ring_count_{0};
};

}  // namespace wombat
