/// A number that one thread waits for and others change: what is least between two threads when one of them may
/// have to sleep. Who changes it pays for a system call only when the waiter has said that it sleeps.
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

class WaitWord {
 public:
  std::atomic<uint32_t>& value() noexcept { return value_; }

  /// Returns when the number is not `expected` any more, when it was woken, after `timeout_us` (0: never) or for
  /// no reason: look again.
  void sleep_while(uint32_t expected, uint64_t timeout_us) noexcept;
  /// Wakes the sleeper. The word itself may be gone by then: only its address is used.
  static void wake(WaitWord* word) noexcept;

 private:
  std::atomic<uint32_t> value_{0};
};

}  // namespace wombat
