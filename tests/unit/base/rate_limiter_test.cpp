#include "base/rate_limiter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kStart = 5 * kSecond;

/// What a full bucket holds at `rate`.
uint64_t burst(uint64_t rate) { return rate * RateLimiter::kBurstMicros / kSecond; }

TEST(RateLimiter, UnlimitedNeverWaits) {
  RateLimiter limiter;
  EXPECT_EQ(limiter.rate(), 0u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(limiter.reserve(UINT64_MAX, kStart), 0u);
}

TEST(RateLimiter, BurstIsFreeAndTheRestIsPaidInTime) {
  RateLimiter limiter(1000);
  EXPECT_EQ(limiter.reserve(burst(1000), kStart), 0u);
  EXPECT_EQ(limiter.reserve(500, kStart), kSecond / 2);
  EXPECT_EQ(limiter.reserve(1, kStart), kSecond / 2 + 1000);
}

TEST(RateLimiter, IdleTimeFillsNoMoreThanTheBurst) {
  RateLimiter limiter(1000);
  limiter.reserve(burst(1000), kStart);
  EXPECT_EQ(limiter.reserve(burst(1000) + 10, kStart + 1000 * kSecond), 10'000u);
}

TEST(RateLimiter, DebtShrinksAsTimePasses) {
  RateLimiter limiter(1000);
  limiter.reserve(burst(1000), kStart);
  EXPECT_EQ(limiter.reserve(1000, kStart), kSecond);
  EXPECT_EQ(limiter.reserve(0, kStart + kSecond / 4), kSecond * 3 / 4);
  EXPECT_EQ(limiter.reserve(0, kStart + kSecond), 0u);
  EXPECT_EQ(limiter.reserve(1, kStart + kSecond), 1000u);
}

TEST(RateLimiter, TimeThatSeemsToStepBackGivesNothing) {
  RateLimiter limiter(1000);
  limiter.reserve(burst(1000), kStart);
  EXPECT_EQ(limiter.reserve(100, kStart), kSecond / 10);
  EXPECT_EQ(limiter.reserve(0, kStart - kSecond), kSecond / 10);
  EXPECT_EQ(limiter.reserve(0, kStart), kSecond / 10);
}

TEST(RateLimiter, WhatIsGivenBackIsNotOwed) {
  RateLimiter limiter(1000);
  limiter.reserve(burst(1000), kStart);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(limiter.reserve(500, kStart), kSecond / 2);
    limiter.give_back(500);
  }
  EXPECT_EQ(limiter.reserve(0, kStart), 0u);
  limiter.give_back(1'000'000);  // no more than the burst
  EXPECT_EQ(limiter.reserve(burst(1000) + 500, kStart), kSecond / 2);
}

TEST(RateLimiter, ChangedRateAppliesToWhatIsOwed) {
  RateLimiter limiter(1000);
  limiter.reserve(burst(1000), kStart);
  EXPECT_EQ(limiter.reserve(1000, kStart), kSecond);
  limiter.set_rate(10'000);
  EXPECT_EQ(limiter.reserve(0, kStart), kSecond / 10);
  limiter.set_rate(0);
  EXPECT_EQ(limiter.reserve(1'000'000, kStart), 0u);
  limiter.set_rate(1000);
  EXPECT_LE(limiter.reserve(1, kStart), 1000u);
}

TEST(RateLimiter, LoweredRateShrinksTheBurst) {
  RateLimiter limiter(1'000'000);
  limiter.reserve(0, kStart);
  limiter.set_rate(1000);
  EXPECT_EQ(limiter.reserve(burst(1000) + 1, kStart), 1000u);
}

TEST(RateLimiter, ExtremeNumbersDoNotOverflow) {
  RateLimiter limiter(UINT64_MAX);
  EXPECT_EQ(limiter.reserve(1, UINT64_MAX), 0u);
  limiter.set_rate(1);
  EXPECT_EQ(limiter.reserve(UINT64_MAX, UINT64_MAX), UINT64_MAX);
}

TEST(RateLimiter, CallersThatWaitAsToldKeepTheRate) {
  const SeedScope seed(15);
  Random random(seed.seed());
  constexpr uint64_t kRate = 3'000'000;
  RateLimiter limiter(kRate);
  uint64_t now = kStart, bytes = 0;
  while (bytes < 10 * kRate) {
    const uint64_t size = random.below(200'000);
    bytes += size;
    now += limiter.reserve(size, now) + random.below(50);
  }
  const double rate = static_cast<double>(bytes - burst(kRate)) * 1e6 / static_cast<double>(now - kStart);
  EXPECT_NEAR(rate, kRate, kRate * 0.01);
}

TEST(RateLimiter, ConcurrentCallersShareTheRate) {
  RateLimiter limiter(1000);
  limiter.reserve(burst(1000), kStart);
  std::atomic<uint64_t> longest{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5000; ++j) {
        const uint64_t wait = limiter.reserve(1, kStart);
        uint64_t seen = longest.load();
        while (wait > seen && !longest.compare_exchange_weak(seen, wait)) {
        }
      }
    });
  }
  threads.emplace_back([&] {
    for (int j = 0; j < 1000; ++j) limiter.set_rate(limiter.rate());
  });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(longest.load(), 20'000u * 1000);
}

}  // namespace
}  // namespace wombat
