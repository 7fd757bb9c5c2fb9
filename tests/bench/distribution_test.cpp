#include "distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace wombat::bench {
namespace {

TEST(Shuffled, holds_every_number_once_and_not_in_order) {
  BenchRandom random(1);
  std::vector<uint64_t> order = shuffled(1000, random);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[i], i);
}

TEST(Zipfian, draws_ranks_as_often_as_zipf_says) {
  constexpr uint64_t kCount = 1000;
  constexpr uint64_t kDraws = 200'000;
  const Zipfian zipfian(kCount);
  BenchRandom random(1);
  std::vector<uint64_t> seen(kCount);
  for (uint64_t i = 0; i < kDraws; ++i) {
    const uint64_t rank = zipfian.next(random);
    ASSERT_LT(rank, kCount);
    ++seen[rank];
  }
  double zeta = 0;
  for (uint64_t i = 1; i <= kCount; ++i) zeta += 1.0 / std::pow(static_cast<double>(i), 0.99);
  EXPECT_NEAR(static_cast<double>(seen[0]) / kDraws, 1.0 / zeta, 0.01);
  EXPECT_NEAR(static_cast<double>(seen[1]) / kDraws, 1.0 / std::pow(2.0, 0.99) / zeta, 0.01);
  EXPECT_GT(seen[0], seen[9] * 5);
  EXPECT_GT(std::count_if(seen.begin(), seen.end(), [](uint64_t times) { return times > 0; }), 900);
}

TEST(Zipfian, works_for_very_few_entries) {
  BenchRandom random(1);
  for (uint64_t count : {1, 2, 3}) {
    const Zipfian zipfian(count);
    for (int i = 0; i < 1000; ++i) ASSERT_LT(zipfian.next(random), count);
  }
}

TEST(Scrambled, spreads_ranks_over_all_entries) {
  std::vector<uint64_t> tenths(10);
  for (uint64_t rank = 0; rank < 1000; ++rank) {
    const uint64_t entry = scrambled(rank, 5000);
    ASSERT_LT(entry, 5000u);
    ++tenths[entry / 500];
  }
  for (const uint64_t count : tenths) EXPECT_NEAR(static_cast<double>(count), 100, 50);
}

}  // namespace
}  // namespace wombat::bench
