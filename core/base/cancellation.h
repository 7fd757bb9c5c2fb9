/// How a long operation is told to stop: a flag that anyone may set, and a point in time.
#pragma once

#include <atomic>
#include <cstdint>

namespace wombat {

/// Any thread. Once cancelled it stays so.
class CancelToken {
 public:
  CancelToken() = default;
  CancelToken(const CancelToken&) = delete;
  CancelToken& operator=(const CancelToken&) = delete;

  void cancel() noexcept { cancelled_.store(true, std::memory_order_relaxed); }
  bool is_cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

/// A moment of the monotonic clock after which an operation gives up.
struct Deadline {
  uint64_t at_us = 0;  // 0: none

  /// `delay_us` from now; however long that is.
  static Deadline after(uint64_t now_us, uint64_t delay_us) noexcept {
    return {delay_us > ~uint64_t{0} - now_us ? ~uint64_t{0} : now_us + delay_us};
  }
  bool has_passed(uint64_t now_us) const noexcept { return at_us != 0 && now_us >= at_us; }
};

}  // namespace wombat
