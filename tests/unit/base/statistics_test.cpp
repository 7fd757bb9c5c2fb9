#include "base/statistics.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace wombat {
namespace {

TEST(Statistics, CountersStartAtZeroAndAreIndependent) {
  Statistics statistics;
  statistics.add(Counter::kGets);
  statistics.add(Counter::kGets, 4);
  statistics.add(Counter::kWriteBytes, 1000);
  EXPECT_EQ(statistics.total(Counter::kGets), 5u);
  EXPECT_EQ(statistics.total(Counter::kWriteBytes), 1000u);
  uint64_t sum = 0;
  for (uint32_t i = 0; i < static_cast<uint32_t>(Counter::kCount); ++i) {
    sum += statistics.total(static_cast<Counter>(i));
  }
  EXPECT_EQ(sum, 1005u);
}

TEST(Statistics, NothingIsLostBetweenThreads) {
  Statistics statistics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&statistics] {
      for (int j = 0; j < 20000; ++j) {
        statistics.add(Counter::kRowsRead, 3);
        statistics.record(HistogramId::kGroupSize, 2);
      }
    });
  }
  while (statistics.total(Counter::kRowsRead) < 1000) std::this_thread::yield();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(statistics.total(Counter::kRowsRead), 480000u);
  EXPECT_EQ(statistics.snapshot(HistogramId::kGroupSize).count, 160000u);
  EXPECT_EQ(statistics.snapshot(HistogramId::kGroupSize).sum, 320000u);
  EXPECT_EQ(statistics.snapshot(HistogramId::kGetLatency).count, 0u);
}

TEST(Statistics, EveryNumberHasAUniqueNameAndHelp) {
  std::set<std::string> names;
  for (uint32_t i = 0; i < static_cast<uint32_t>(Counter::kCount); ++i) {
    const StatisticInfo info = counter_info(static_cast<Counter>(i));
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(std::string(info.help).empty()) << info.name;
  }
  for (uint32_t i = 0; i < static_cast<uint32_t>(HistogramId::kCount); ++i) {
    const StatisticInfo info = histogram_info(static_cast<HistogramId>(i));
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_FALSE(std::string(info.help).empty()) << info.name;
  }
  EXPECT_STREQ(counter_info(Counter::kGets).name, "get.count");
  EXPECT_STREQ(histogram_info(HistogramId::kDelayDuration).name, "write.delay_us");
}

}  // namespace
}  // namespace wombat
