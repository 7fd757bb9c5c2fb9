#include "env/clock.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/immortal.h"

namespace wombat {

namespace {

std::atomic<uint64_t> wall_advance_us{0};

class SystemClock final : public Clock {
 public:
  uint64_t now_us() override { return now_ns() / 1000; }

  uint64_t now_ns() override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
  }

  uint64_t wall_us() override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count()) +
           wall_advance_us.load(std::memory_order_relaxed);
  }

  void sleep_us(uint64_t duration_us) override {
    // A year: longer ones would overflow the nanoseconds of the library.
    constexpr uint64_t kLongestMicros = 365ull * 24 * 3600 * 1'000'000;
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(duration_us, kLongestMicros)));
  }
};

}  // namespace

Clock& system_clock() { return immortal<SystemClock>(); }

void advance_wall_clock(uint64_t by_us) { wall_advance_us.fetch_add(by_us, std::memory_order_relaxed); }

}  // namespace wombat
