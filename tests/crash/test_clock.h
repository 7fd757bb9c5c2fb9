/// Time that runs by itself and can be pushed on, so that delays and intervals cost a test nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "env/clock.h"

namespace wombat {

/// Any thread.
class TestClock : public Clock {
 public:
  uint64_t now_us() override {
    const auto real = std::chrono::steady_clock::now().time_since_epoch();
    return ahead_us_.load() +
           static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(real).count());
  }
  uint64_t wall_us() override { return now_us(); }
  /// Nobody sleeps: time moves on instead.
  void sleep_us(uint64_t duration_us) override {
    advance(duration_us);
    std::this_thread::yield();
  }
  void advance(uint64_t duration_us) { ahead_us_.fetch_add(duration_us); }

 private:
  std::atomic<uint64_t> ahead_us_{0};
};

}  // namespace wombat
