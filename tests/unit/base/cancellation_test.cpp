#include "base/cancellation.h"

#include <gtest/gtest.h>

#include <thread>

namespace wombat {
namespace {

TEST(CancelToken, StaysCancelledAndIsSeenByOtherThreads) {
  CancelToken token;
  EXPECT_FALSE(token.is_cancelled());
  std::thread waiter([&token] {
    while (!token.is_cancelled()) std::this_thread::yield();
  });
  token.cancel();
  waiter.join();
  token.cancel();
  EXPECT_TRUE(token.is_cancelled());
}

TEST(Deadline, PassesAtItsMomentAndNeverWhenThereIsNone) {
  EXPECT_FALSE(Deadline().has_passed(UINT64_MAX));
  EXPECT_FALSE(Deadline{100}.has_passed(99));
  EXPECT_TRUE(Deadline{100}.has_passed(100));
}

}  // namespace
}  // namespace wombat
