/// Time that runs by itself and can be pushed on, so that delays and intervals cost a test nothing. The wall clock stands
/// still until it is set: what expires does so when a test says so, and a recovery begins when its crash was.
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
  uint64_t wall_us() override { return wall_at(ticks_.load()); }
  /// Of ModelDatabase.
  static uint64_t wall_at(uint64_t ticks) { return kWallStartMicros + ticks * kTickMicros; }
  uint64_t ticks() const { return ticks_.load(); }
  void set_ticks(uint64_t ticks) { ticks_.store(ticks); }
  /// Nobody sleeps: time moves on instead.
  void sleep_us(uint64_t duration_us) override {
    advance(duration_us);
    std::this_thread::yield();
  }
  void advance(uint64_t duration_us) { ahead_us_.fetch_add(duration_us); }

 private:
  static constexpr uint64_t kWallStartMicros = 1'700'000'000'000'000;
  static constexpr uint64_t kTickMicros = 3'600'000'000;
  std::atomic<uint64_t> ahead_us_{0};
  std::atomic<uint64_t> ticks_{1};
};

}  // namespace wombat
