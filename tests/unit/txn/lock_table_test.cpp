#include "txn/lock_table.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "support/seed.h"

namespace wombat {

namespace {

/// Time stands still unless a test moves it.
class StillClock : public Clock {
 public:
  uint64_t now_us() override { return now_us_.load(); }
  uint64_t wall_us() override { return now_us(); }
  void sleep_us(uint64_t duration_us) override { now_us_.fetch_add(duration_us); }
  void advance(uint64_t duration_us) { now_us_.fetch_add(duration_us); }

 private:
  std::atomic<uint64_t> now_us_{1000};
};

constexpr Deadline kNever{};
constexpr Deadline kAtOnce = LockTable::kAtOnce;

class LockTableTest : public ::testing::Test {
 protected:
  /// Returns when `owner` waits for a lock.
  static void let_wait(const LockTable& table, std::atomic<bool>& is_done) {
    static_cast<void>(table);
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_FALSE(is_done.load());
  }
  StillClock clock_;
  LockTable table_{clock_};
};

TEST_F(LockTableTest, WhoWouldHaveWaitedButComesTooLateHasTimedOut) {
  LockOwner first(1, kNever);
  LockOwner late(2, kNever);
  ASSERT_TRUE(table_.lock(first, 0, "a", kNever));
  const Deadline passed{clock_.now_us() - 1};
  EXPECT_EQ(table_.lock(late, 0, "a", passed).code(), Code::kTimedOut);
  EXPECT_EQ(table_.lock(late, 0, "a", kAtOnce).code(), Code::kBusy);
  table_.release_all(first);
  ASSERT_TRUE(table_.lock(late, 0, "a", passed)) << "free locks are not waited for";
  table_.release_all(late);
}

TEST_F(LockTableTest, ALockIsItsOwnersUntilReleased) {
  LockOwner first(1, kNever);
  LockOwner second(2, kNever);
  EXPECT_FALSE(table_.is_in_use());
  ASSERT_TRUE(table_.lock(first, 0, "a", kNever));
  ASSERT_TRUE(table_.lock(first, 0, "a", kNever));
  EXPECT_EQ(table_.held_count(first), 1u);
  EXPECT_TRUE(table_.is_in_use());
  const Status refused = table_.lock(second, 0, "a", kAtOnce);
  EXPECT_EQ(refused.code(), Code::kBusy);
  EXPECT_NE(refused.message().find("\"a\" is locked by transaction 1"), std::string::npos)
      << refused.message();
  ASSERT_TRUE(table_.lock(second, 1, "a", kAtOnce)) << "another keyspace";
  table_.release_all(first);
  ASSERT_TRUE(table_.lock(second, 0, "a", kAtOnce));
  EXPECT_TRUE(table_.holds(second, 0, "a"));
  EXPECT_FALSE(table_.holds(first, 0, "a"));
  table_.release_all(second);
  EXPECT_FALSE(table_.is_in_use());
}

TEST_F(LockTableTest, LocksSinceASavepointCanBeGivenBack) {
  LockOwner owner(1, kNever);
  ASSERT_TRUE(table_.lock(owner, 0, "a", kNever));
  const size_t count = table_.held_count(owner);
  ASSERT_TRUE(table_.lock(owner, 0, "b", kNever));
  table_.release_since(owner, count);
  EXPECT_TRUE(table_.holds(owner, 0, "a"));
  EXPECT_FALSE(table_.holds(owner, 0, "b"));
  table_.release_all(owner);
}

TEST_F(LockTableTest, WaitersAreServedInTheirOrder) {
  LockOwner first(1, kNever);
  ASSERT_TRUE(table_.lock(first, 0, "a", kNever));
  std::vector<int> order;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      LockOwner owner(static_cast<uint64_t>(10 + i), kNever);
      ASSERT_TRUE(table_.lock(owner, 0, "a", kNever));
      order.push_back(i);
      table_.release_all(owner);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  table_.release_all(first);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
}

TEST_F(LockTableTest, AWaitEndsAtItsDeadline) {
  LockOwner first(1, kNever);
  LockOwner second(2, kNever);
  ASSERT_TRUE(table_.lock(first, 0, "a", kNever));
  std::atomic<bool> is_done{false};
  std::thread thread([&] {
    const Status status = table_.lock(second, 0, "a", Deadline{clock_.now_us() + 500});
    is_done = true;
    EXPECT_EQ(status.code(), Code::kTimedOut) << status.to_string();
  });
  let_wait(table_, is_done);
  clock_.advance(1000);
  thread.join();
  table_.release_all(first);
  EXPECT_FALSE(table_.is_in_use());
}

TEST_F(LockTableTest, TheYoungestOfACircleGivesUpAndTheMessageNamesTheCircle) {
  LockOwner old_owner(1, kNever);
  LockOwner young_owner(2, kNever);
  ASSERT_TRUE(table_.lock(old_owner, 0, "a", kNever));
  ASSERT_TRUE(table_.lock(young_owner, 0, "b", kNever));
  std::atomic<bool> is_done{false};
  Status young_status;
  std::thread thread([&] {
    young_status = table_.lock(young_owner, 0, "a", kNever);
    is_done = true;
    table_.release_all(young_owner);
  });
  let_wait(table_, is_done);
  ASSERT_TRUE(table_.lock(old_owner, 0, "b", kNever));
  thread.join();
  EXPECT_EQ(young_status.code(), Code::kDeadlock);
  for (const char* const part : {"transaction 1 waits for key \"b\" of transaction 2",
                                 "transaction 2 waits for key \"a\" of transaction 1", "2, the youngest"}) {
    EXPECT_NE(young_status.message().find(part), std::string::npos) << young_status.message();
  }
  table_.release_all(old_owner);
}

TEST_F(LockTableTest, WhoHasHadItsTimeLosesItsLocksUnlessItCommits) {
  LockOwner slow(1, Deadline{2000});
  LockOwner committing(2, Deadline{2000});
  LockOwner other(3, kNever);
  ASSERT_TRUE(table_.lock(slow, 0, "a", kNever));
  ASSERT_TRUE(table_.lock(slow, 0, "b", kNever));
  ASSERT_TRUE(table_.lock(committing, 0, "c", kNever));
  ASSERT_TRUE(table_.begin_commit(committing));
  clock_.advance(5000);
  ASSERT_TRUE(table_.lock(other, 0, "a", kAtOnce));
  EXPECT_EQ(table_.lock(other, 0, "c", kAtOnce).code(), Code::kBusy);
  EXPECT_EQ(table_.lock(slow, 0, "x", kAtOnce).code(), Code::kTimedOut);
  EXPECT_EQ(table_.begin_commit(slow).code(), Code::kTimedOut);
  EXPECT_EQ(table_.held_count(slow), 0u);
  table_.release_all(slow);
  table_.release_all(committing);
  table_.release_all(other);
  EXPECT_FALSE(table_.is_in_use());
}

TEST_F(LockTableTest, CloseEndsWaits) {
  LockOwner first(1, kNever);
  LockOwner second(2, kNever);
  ASSERT_TRUE(table_.lock(first, 0, "a", kNever));
  std::atomic<bool> is_done{false};
  std::thread thread([&] {
    EXPECT_EQ(table_.lock(second, 0, "a", kNever).code(), Code::kClosed);
    is_done = true;
  });
  let_wait(table_, is_done);
  table_.close();
  thread.join();
  EXPECT_EQ(table_.lock(second, 0, "z", kNever).code(), Code::kClosed);
  table_.release_all(first);
}

TEST_F(LockTableTest, WhoHasJustBeenGivenALockWaitsForNobody) {
  // The first goes as soon as it has passed its lock on, and others look for circles through the second, whose thread
  // may not have woken yet.
  for (int round = 0; round < 300; ++round) {
    auto first = std::make_unique<LockOwner>(1, kNever);
    LockOwner second(2, kNever);
    LockOwner third(3, kNever);
    ASSERT_TRUE(table_.lock(*first, 0, "a", kNever));
    ASSERT_TRUE(table_.lock(second, 0, "b", kNever));
    std::thread waiter([&] {
      EXPECT_TRUE(table_.lock(second, 0, "a", kNever));
      table_.release_all(second);
    });
    while (table_.waiting_count() == 0) std::this_thread::yield();
    table_.release_all(*first);
    first.reset();
    EXPECT_TRUE(table_.lock(third, 0, "b", kNever));
    waiter.join();
    table_.release_all(third);
  }
}

TEST_F(LockTableTest, ManyThreadsNeverShareALockAndAllEnd) {
  const SeedScope scope(5);
  constexpr int kThreads = 8;
  constexpr int kKeys = 5;
  std::atomic<int> holders[kKeys] = {};
  std::atomic<uint64_t> next_id{1};
  std::atomic<int> deadlocks{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(scope.seed() + static_cast<uint64_t>(t));
      for (int round = 0; round < 400; ++round) {
        LockOwner owner(next_id.fetch_add(1), kNever);
        std::vector<int> held;
        for (int i = 0; i < 3; ++i) {
          const int key = static_cast<int>(random() % kKeys);
          if (std::find(held.begin(), held.end(), key) != held.end()) continue;
          const std::string name(1, static_cast<char>('a' + key));
          const Status status = table_.lock(owner, 0, name, kNever);
          if (!status) {
            EXPECT_EQ(status.code(), Code::kDeadlock) << status.to_string();
            ++deadlocks;
            break;
          }
          EXPECT_EQ(holders[key].fetch_add(1), 0);
          held.push_back(key);
          std::this_thread::yield();
        }
        for (const int key : held) holders[key].fetch_sub(1);
        table_.release_all(owner);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(deadlocks.load(), 0) << "a run that met none shows nothing";
  EXPECT_FALSE(table_.is_in_use());
}

}  // namespace

}  // namespace wombat
