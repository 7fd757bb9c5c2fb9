#include "base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace wombat {

size_t Histogram::bucket_of(uint64_t value) {
  if (value < 16) return static_cast<size_t>(value);
  const size_t shift = static_cast<size_t>(std::bit_width(value)) - 5;  // leaves the 5 leading bits, 1xxxx
  return 16 * shift + static_cast<size_t>(value >> shift);
}

uint64_t Histogram::bucket_limit(size_t bucket) {
  if (bucket < 16) return bucket;
  const size_t shift = bucket / 16 - 1;
  const uint64_t leading_bits = 16 + bucket % 16;
  return ((leading_bits << shift) - 1) +
         (uint64_t{1} << shift);  // in this order: the last bucket ends at 2^64 - 1
}

void Histogram::record(uint64_t value) noexcept {
  buckets_[bucket_of(value)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
  uint64_t max = max_.load(std::memory_order_relaxed);
  while (value > max && !max_.compare_exchange_weak(max, value, std::memory_order_relaxed)) {
  }
}

HistogramSnapshot Histogram::snapshot() const {
  HistogramSnapshot result;
  for (size_t i = 0; i < kBucketCount; ++i) {
    result.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
    result.count += result.buckets[i];
  }
  result.sum = sum_.load(std::memory_order_relaxed);
  result.max = max_.load(std::memory_order_relaxed);
  return result;
}

uint64_t HistogramSnapshot::percentile(double percent) const {
  if (count == 0) return 0;
  const double share = std::clamp(percent, 0.0, 100.0) / 100.0;
  const auto wanted =
      std::max<uint64_t>(1, static_cast<uint64_t>(std::ceil(share * static_cast<double>(count))));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets.size(); ++i) {
    seen += buckets[i];
    if (seen >= wanted) return std::min(max, Histogram::bucket_limit(i));
  }
  return max;
}

}  // namespace wombat
