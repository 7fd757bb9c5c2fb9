#include "env/wait_row.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace wombat {
namespace {

TEST(WaitRowTest, WhoIsWokenBeforeItSleepsDoesNotSleep) {
  WaitRow row;
  const uint32_t seen = row.ring_count();
  row.wake(1u << 5);
  EXPECT_NE(row.ring_count(), seen);
  row.sleep(seen, 5, 0);  // would never return
  row.sleep(seen, 6, 0);  // nor would this: the number is what counts, not the seat
}

TEST(WaitRowTest, SleepEndsWithTheTime) {
  WaitRow row;
  row.sleep(row.ring_count(), 31, 2000);
  row.sleep(row.ring_count(), 0, 1'000'000 / 500);
}

TEST(WaitRowTest, OneCallWakesTheSeatsThatItNames) {
  constexpr uint32_t kSeats = WaitRow::kSeatCount;
  WaitRow row;
  std::array<std::atomic<bool>, kSeats> is_told{};
  std::array<std::atomic<bool>, kSeats> is_up{};
  std::atomic<uint32_t> awake{0};
  std::vector<std::thread> threads;
  for (uint32_t seat = 0; seat < kSeats; ++seat) {
    threads.emplace_back([&, seat] {
      for (;;) {
        const uint32_t seen = row.ring_count();
        if (is_told[seat]) break;
        row.sleep(seen, seat, 0);
      }
      is_up[seat] = true;
      ++awake;
    });
  }
  for (uint32_t seat = 0; seat < kSeats; seat += 2) is_told[seat] = true;
  row.wake(0x55555555u);
  while (awake < kSeats / 2) std::this_thread::yield();
  for (uint32_t seat = 1; seat < kSeats; seat += 2) EXPECT_FALSE(is_up[seat]) << seat;
  for (uint32_t seat = 1; seat < kSeats; seat += 2) is_told[seat] = true;
  row.wake(0xaaaaaaaau);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(awake, kSeats);
}

}  // namespace
}  // namespace wombat
