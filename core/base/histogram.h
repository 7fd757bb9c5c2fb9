/// Distribution of non-negative integers with a relative error of at most 1/16: every power of two is divided
/// into 16 linear buckets (the layout of HdrHistogram with 4 significant bits).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace wombat {

struct HistogramSnapshot {
  uint64_t count = 0;
  uint64_t sum = 0;
  uint64_t max = 0;
  std::array<uint64_t, 976> buckets{};

  double mean() const { return count == 0 ? 0.0 : static_cast<double>(sum) / static_cast<double>(count); }
  /// The limit of the first bucket at or below which `percent` of the values lie, at most `max`; 0 when
  /// empty.
  uint64_t percentile(double percent) const;
};

/// Any thread.
class Histogram {
 public:
  static constexpr size_t kBucketCount = 976;  // 16 exact values + 60 powers of two of 16 buckets
  static size_t bucket_of(uint64_t value);
  /// The largest value that falls into `bucket`.
  static uint64_t bucket_limit(size_t bucket);

  void record(uint64_t value) noexcept;
  HistogramSnapshot snapshot() const;

 private:
  std::array<std::atomic<uint64_t>, kBucketCount> buckets_{};
  std::atomic<uint64_t> sum_{0};
  std::atomic<uint64_t> max_{0};
};

}  // namespace wombat
