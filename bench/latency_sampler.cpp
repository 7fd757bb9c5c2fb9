#include "latency_sampler.h"

namespace wombat::bench {

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (size_t i = 0; i < kBucketCount; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  if (other.max_ > max_) max_ = other.max_;
}

uint64_t LatencyHistogram::bucket_limit(size_t bucket) {
  if (bucket < (1u << kStepBits)) return bucket;
  const size_t shift = (bucket >> kStepBits) - 1;
  const uint64_t step = (bucket & ((1u << kStepBits) - 1)) + (1u << kStepBits);
  return ((step + 1) << shift) - 1;
}

uint64_t LatencyHistogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  const double wanted = static_cast<double>(count_) * percent / 100.0;
  uint64_t seen = 0;
  for (size_t i = 0; i < kBucketCount; ++i) {
    seen += buckets_[i];
    if (seen > 0 && static_cast<double>(seen) >= wanted) {
      const uint64_t limit = bucket_limit(i);
      return limit < max_ ? limit : max_;
    }
  }
  return max_;
}

}  // namespace wombat::bench
