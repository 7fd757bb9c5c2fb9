#include "txn/retry_policy.h"

#include <gtest/gtest.h>

namespace wombat {

namespace {

TEST(RetryPolicy, DelaysGrowByTheFactorUpToTheCap) {
  RetryPolicy policy;
  policy.first_delay_us = 100;
  policy.factor = 3;
  policy.delay_us_max = 1000;
  policy.jitter = 0;
  EXPECT_EQ(policy.delay_us(1, ~uint64_t{0}), 100u);
  EXPECT_EQ(policy.delay_us(2, 0), 300u);
  EXPECT_EQ(policy.delay_us(3, 0), 900u);
  EXPECT_EQ(policy.delay_us(4, 0), 1000u);
  EXPECT_EQ(policy.delay_us(4'000'000'000u, 0), 1000u);
}

TEST(RetryPolicy, JitterTakesAPartAway) {
  RetryPolicy policy;
  policy.first_delay_us = 1000;
  policy.jitter = 0.5;
  EXPECT_EQ(policy.delay_us(1, 0), 1000u);
  EXPECT_NEAR(static_cast<double>(policy.delay_us(1, ~uint64_t{0})), 500, 1);
  EXPECT_NEAR(static_cast<double>(policy.delay_us(1, uint64_t{1} << 63)), 750, 1);
}

}  // namespace

}  // namespace wombat
