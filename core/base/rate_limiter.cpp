#include "base/rate_limiter.h"

#include <algorithm>

namespace wombat {

namespace {
constexpr uint64_t kRateMax = uint64_t{1} << 62;  // times any 64-bit duration fits into an Amount
}

uint64_t RateLimiter::reserve(uint64_t bytes, uint64_t now_us) noexcept {
  if (rate() == 0) return 0;
  std::lock_guard lock(mutex_);
  const Amount rate_now = std::min(rate(), kRateMax);
  if (rate_now == 0) return 0;
  // Callers read the clock before they queue for the mutex, so time may seem to step back.
  if (now_us > filled_at_us_) {
    const Amount inflow = rate_now * (now_us - filled_at_us_);
    available_ = std::min(available_ + inflow, rate_now * kBurstMicros);
    filled_at_us_ = now_us;
  }
  available_ -= static_cast<Amount>(bytes) * 1'000'000;
  if (available_ >= 0) return 0;
  const Amount wait_us = (-available_ + rate_now - 1) / rate_now;
  return static_cast<uint64_t>(std::min<Amount>(wait_us, UINT64_MAX));
}

void RateLimiter::give_back(uint64_t bytes) noexcept {
  std::lock_guard lock(mutex_);
  const Amount rate_now = std::min(rate(), kRateMax);
  available_ = std::min(available_ + static_cast<Amount>(bytes) * 1'000'000, rate_now * kBurstMicros);
}

void RateLimiter::set_rate(uint64_t bytes_per_second) noexcept {
  std::lock_guard lock(mutex_);
  rate_.store(bytes_per_second, std::memory_order_relaxed);
  if (bytes_per_second == 0) {
    available_ = 0;
    return;
  }
  available_ = std::min(available_, static_cast<Amount>(bytes_per_second) * kBurstMicros);
}

}  // namespace wombat
