#include "base/histogram.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

TEST(Histogram, BucketsCoverAllValuesWithoutGapOrOverlap) {
  EXPECT_EQ(Histogram::bucket_of(0), 0u);
  for (size_t bucket = 0; bucket + 1 < Histogram::kBucketCount; ++bucket) {
    const uint64_t limit = Histogram::bucket_limit(bucket);
    ASSERT_EQ(Histogram::bucket_of(limit), bucket);
    ASSERT_EQ(Histogram::bucket_of(limit + 1), bucket + 1);
  }
  EXPECT_EQ(Histogram::bucket_limit(Histogram::kBucketCount - 1), UINT64_MAX);
  EXPECT_EQ(Histogram::bucket_of(UINT64_MAX), Histogram::kBucketCount - 1);
}

TEST(Histogram, LimitIsWithinASixteenthOfEveryValue) {
  const SeedScope seed(14);
  Random random(seed.seed());
  for (int i = 0; i < 100000; ++i) {
    const uint64_t value = random.next() >> random.below(64);
    const uint64_t limit = Histogram::bucket_limit(Histogram::bucket_of(value));
    ASSERT_GE(limit, value);
    ASSERT_LE(limit - value, value / 16) << value;
  }
}

TEST(Histogram, EmptySnapshotIsAllZero) {
  const HistogramSnapshot empty = Histogram().snapshot();
  EXPECT_EQ(empty.count, 0u);
  EXPECT_EQ(empty.max, 0u);
  EXPECT_EQ(empty.mean(), 0.0);
  EXPECT_EQ(empty.percentile(99), 0u);
}

TEST(Histogram, PercentilesOfAKnownDistribution) {
  Histogram histogram;
  for (uint64_t value = 1; value <= 10000; ++value) histogram.record(value);
  const HistogramSnapshot snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.count, 10000u);
  EXPECT_EQ(snapshot.sum, 10000u * 10001u / 2);
  EXPECT_EQ(snapshot.max, 10000u);
  EXPECT_DOUBLE_EQ(snapshot.mean(), 5000.5);
  for (const uint64_t percent : {1u, 10u, 50u, 90u, 99u}) {
    const uint64_t exact = percent * 100;
    EXPECT_GE(snapshot.percentile(static_cast<double>(percent)), exact);
    EXPECT_LE(snapshot.percentile(static_cast<double>(percent)), exact + exact / 16);
  }
  EXPECT_EQ(snapshot.percentile(100), 10000u);
  EXPECT_EQ(snapshot.percentile(0), 1u);
}

TEST(Histogram, PercentileOfOneValueIsThatValue) {
  Histogram histogram;
  histogram.record(1'000'003);
  EXPECT_EQ(histogram.snapshot().percentile(50), 1'000'003u);
  EXPECT_EQ(histogram.snapshot().percentile(100), 1'000'003u);
}

TEST(Histogram, NothingIsLostBetweenThreads) {
  Histogram histogram;
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&histogram, thread] {
      for (uint64_t i = 0; i < 10000; ++i) histogram.record(thread * 10000 + i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(histogram.snapshot().count, 40000u);
  EXPECT_EQ(histogram.snapshot().sum, 40000u * 39999u / 2);
  EXPECT_EQ(histogram.snapshot().max, 39999u);
}

}  // namespace
}  // namespace wombat
