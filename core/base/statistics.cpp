#include "base/statistics.h"

#include "base/check.h"
#include "base/thread_hint.h"

namespace wombat {

namespace {

constexpr StatisticInfo kCounterInfos[] = {
#define WOMBAT_X(name, id, help) {name, help},
    WOMBAT_COUNTERS(WOMBAT_X)
#undef WOMBAT_X
};

constexpr StatisticInfo kHistogramInfos[] = {
#define WOMBAT_X(name, id, help) {name, help},
    WOMBAT_HISTOGRAMS(WOMBAT_X)
#undef WOMBAT_X
};

}  // namespace

StatisticInfo counter_info(Counter counter) {
  WOMBAT_CHECK(counter < Counter::kCount);
  return kCounterInfos[static_cast<size_t>(counter)];
}

StatisticInfo histogram_info(HistogramId histogram) {
  WOMBAT_CHECK(histogram < HistogramId::kCount);
  return kHistogramInfos[static_cast<size_t>(histogram)];
}

uint64_t Statistics::add(Counter counter, uint64_t amount) noexcept {
  static_assert(kStripeCount == 8, "thread_hint(3)");
  Stripe& stripe = stripes_[thread_hint(3)];
  return stripe.counters[static_cast<size_t>(counter)].fetch_add(amount, std::memory_order_relaxed);
}

void Statistics::record(HistogramId histogram, uint64_t value) noexcept {
  histograms_[static_cast<size_t>(histogram)].record(value);
}

uint64_t Statistics::total(Counter counter) const noexcept {
  uint64_t sum = 0;
  for (const Stripe& stripe : stripes_) {
    sum += stripe.counters[static_cast<size_t>(counter)].load(std::memory_order_relaxed);
  }
  return sum;
}

HistogramSnapshot Statistics::snapshot(HistogramId histogram) const {
  return histograms_[static_cast<size_t>(histogram)].snapshot();
}

}  // namespace wombat
