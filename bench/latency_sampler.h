/// Latencies of one in N operations, so that reading the clock costs little, and the longest time between two
/// such readings, so that no stall stays unseen.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>

namespace wombat::bench {

inline uint64_t now_ns() {
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                   std::chrono::steady_clock::now().time_since_epoch())
                                   .count());
}

/// Processor time of the calling thread: on a machine that does other things too, steadier than time on the wall, but
/// it leaves out waiting and what happens in the background.
inline uint64_t thread_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

/// Counts nanoseconds in buckets at most 1/32 wide.
class LatencyHistogram {
 public:
  void add(uint64_t value) {
    ++buckets_[bucket_of(value)];
    ++count_;
    if (value > max_) max_ = value;
  }
  void merge(const LatencyHistogram& other);
  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }
  /// 0 when empty.
  uint64_t percentile(double percent) const;

 private:
  static constexpr size_t kStepBits = 5;
  static constexpr size_t kBucketCount = (64 - kStepBits + 1) << kStepBits;
  static size_t bucket_of(uint64_t value) {
    if (value < (1u << kStepBits)) return value;
    const size_t shift = static_cast<size_t>(std::bit_width(value)) - 1 - kStepBits;
    return ((shift + 1) << kStepBits) + static_cast<size_t>((value >> shift) - (1u << kStepBits));
  }
  static uint64_t bucket_limit(size_t bucket);

  std::array<uint64_t, kBucketCount> buckets_{};
  uint64_t count_ = 0;
  uint64_t max_ = 0;
};

/// One thread.
class LatencySampler {
 public:
  /// `every`: one in that many operations is timed, at least 1.
  explicit LatencySampler(uint32_t every) : every_(every), left_(every) {}

  /// Call before an operation; when it returns true, call end() behind the operation.
  bool begin() {
    if (--left_ != 0) return false;
    left_ = every_;
    start_ = now_ns();
    if (last_start_ != 0 && start_ - last_start_ > gap_max_) gap_max_ = start_ - last_start_;
    last_start_ = start_;
    return true;
  }
  void end() { histogram_.add(now_ns() - start_); }

  const LatencyHistogram& histogram() const { return histogram_; }
  /// The longest time that `every` operations in a row took: an upper bound of every stall.
  uint64_t gap_max() const { return gap_max_; }

 private:
  uint32_t every_;
  uint32_t left_;
  uint64_t start_ = 0;
  uint64_t last_start_ = 0;
  uint64_t gap_max_ = 0;
  LatencyHistogram histogram_;
};

}  // namespace wombat::bench
