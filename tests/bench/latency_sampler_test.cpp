#include "latency_sampler.h"

#include <gtest/gtest.h>

#include <memory>

namespace wombat::bench {
namespace {

TEST(LatencyHistogram, gives_percentiles_within_a_thirty_second) {
  const auto histogram = std::make_unique<LatencyHistogram>();
  for (uint64_t value = 1; value <= 100'000; ++value) histogram->add(value);
  EXPECT_EQ(histogram->count(), 100'000u);
  EXPECT_EQ(histogram->max(), 100'000u);
  for (const double percent : {1.0, 50.0, 99.0, 99.9}) {
    const double exact = percent * 1000;
    EXPECT_GE(static_cast<double>(histogram->percentile(percent)), exact * 0.999) << percent;
    EXPECT_LE(static_cast<double>(histogram->percentile(percent)), exact * (1 + 1.0 / 31)) << percent;
  }
}

TEST(LatencyHistogram, is_exact_for_small_values_and_bounded_by_the_largest) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.percentile(50), 0u);
  histogram.add(0);
  histogram.add(7);
  histogram.add(~uint64_t{0});
  EXPECT_EQ(histogram.percentile(10), 0u);
  EXPECT_EQ(histogram.percentile(50), 7u);
  EXPECT_EQ(histogram.percentile(100), ~uint64_t{0});
}

TEST(LatencyHistogram, merges) {
  LatencyHistogram a, b;
  for (int i = 0; i < 99; ++i) a.add(10);
  b.add(5000);
  a.merge(b);
  EXPECT_EQ(a.count(), 100u);
  EXPECT_EQ(a.percentile(50), 10u);
  EXPECT_EQ(a.max(), 5000u);
}

TEST(LatencySampler, times_one_in_n_and_sees_the_stalls_between) {
  LatencySampler sampler(4);
  for (int i = 0; i < 40; ++i) {
    const bool timed = sampler.begin();
    EXPECT_EQ(timed, i % 4 == 3);
    if (i == 21) {  // not timed
      const uint64_t start = now_ns();
      while (now_ns() - start < 2'000'000) {
      }
    }
    if (timed) sampler.end();
  }
  EXPECT_EQ(sampler.histogram().count(), 10u);
  EXPECT_GE(sampler.gap_max(), 2'000'000u);
}

}  // namespace
}  // namespace wombat::bench
