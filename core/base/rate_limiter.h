/// Token bucket that spreads bytes over time. It knows no clock: callers bring the time and do the waiting.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

namespace wombat {

/// Any thread.
class RateLimiter {
 public:
  /// 0 means unlimited, here and in set_rate.
  explicit RateLimiter(uint64_t bytes_per_second = 0) noexcept : rate_(bytes_per_second) {}
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  /// Takes `bytes` from the bucket, if need be on credit, and returns how many microseconds the caller must
  /// wait before it goes on. Waits of concurrent callers line up behind each other. `now_us` is monotonic.
  uint64_t reserve(uint64_t bytes, uint64_t now_us) noexcept;
  /// Undoes a reserve of `bytes` that were not used after all.
  void give_back(uint64_t bytes) noexcept;
  /// Bytes already owed are paid off at the new rate.
  void set_rate(uint64_t bytes_per_second) noexcept;
  uint64_t rate() const noexcept { return rate_.load(std::memory_order_relaxed); }

  /// What the bucket holds at most: the bytes of this much time.
  static constexpr uint64_t kBurstMicros = 100'000;

 private:
  /// In millionths of a byte: bytes per second times microseconds.
  __extension__ typedef __int128 Amount;

  std::mutex mutex_;
  std::atomic<uint64_t> rate_;
  Amount available_ = 0;       // guarded by mutex_; negative: owed
  uint64_t filled_at_us_ = 0;  // guarded by mutex_; 0: never
};

}  // namespace wombat
