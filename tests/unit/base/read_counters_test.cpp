#include "base/read_counters.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace wombat {
namespace {

TEST(ReadCounters, AreSummedOverStripesEachForItself) {
  EpochDomain domain;
  ReadCounters counters;
  {
    const EpochGuard first(domain), second(domain);
    counters.stripe(first.slot_index()).add(ReadCounter::kGets, 2);
    counters.stripe(second.slot_index()).add(ReadCounter::kGets);
    counters.stripe(second.slot_index()).add(ReadCounter::kCacheHits, 10);
  }
  EXPECT_EQ(counters.total(ReadCounter::kGets), 3u);
  EXPECT_EQ(counters.total(ReadCounter::kCacheHits), 10u);
  EXPECT_EQ(counters.total(ReadCounter::kGetsFound), 0u);
}

TEST(ReadCounters, LoseNothingBetweenThreads) {
  EpochDomain domain;
  ReadCounters counters;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 20000; ++j) {
        const EpochGuard guard(domain);
        counters.stripe(guard.slot_index()).add(ReadCounter::kGetBytes, 3);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counters.total(ReadCounter::kGetBytes), 480000u);
}

}  // namespace
}  // namespace wombat
