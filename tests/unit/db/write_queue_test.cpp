#include "db/write_queue.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/random.h"
#include "support/seed.h"

namespace wombat {
namespace {

/// A thread's way through a queue, with the work of a leader in the caller's hands.
class WriteQueueTest : public ::testing::Test {
 protected:
  static std::string record_of(size_t value_size) {
    return std::string(SingleWrite(Kind::kPut, "k", std::string(value_size, 'v')).record());
  }

  /// `work(leader, collected)` returns how many were served, and their outcome.
  template <typename Work>
  Status write(const WriteRequest& request, bool wants_sync, Work work, bool is_commit = true) {
    Writer writer;
    if (!is_commit) writer.work = Writer::Work::kRotate;
    writer.request = &request;
    writer.wants_sync = wants_sync;
    if (!queue_.enter(writer)) return writer.status;
    if (is_commit && wants_sync && !queue_.gather(writer)) return writer.status;
    const size_t collected = is_commit ? queue_.collect(writer) : 1;
    Status status;
    const size_t served = work(writer, collected, &status);
    queue_.finish(writer, collected, served, status);
    return status;
  }

  /// Leads until released; returns when it does.
  struct Holder {
    std::atomic<bool> leads{false};
    std::atomic<bool> may_end{false};
    std::atomic<bool> holds_up{false};
  };
  std::thread hold(Holder& holder, const WriteRequest& request, bool turns_away) {
    std::thread thread([&, turns_away] {
      EXPECT_TRUE(write(request, false, [&](Writer&, size_t collected, Status*) {
        if (turns_away) queue_.turn_away_hasty();
        holder.leads = true;
        while (!holder.may_end) {
          std::this_thread::yield();
          if (holder.holds_up.exchange(false)) queue_.turn_away_hasty();
        }
        return collected;
      }));
    });
    while (!holder.leads) std::this_thread::yield();
    return thread;
  }

  WriteQueue queue_{system_clock()};
};

TEST_F(WriteQueueTest, OneLeadsAtATimeAndEverybodyIsServedOnce) {
  const SeedScope seed(20261121);
  constexpr int kThreads = 40;  // more than a row of sleepers
  constexpr uint64_t kWrites = 400;
  const std::string record = record_of(10);
  uint64_t served_total = 0;  // plain: the queue is what makes this safe
  std::atomic<uint64_t> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Random random(seed.seed() + static_cast<uint64_t>(t));
      for (uint64_t i = 0; i < kWrites; ++i) {
        WriteRequest request;
        request.record = record;
        const bool cuts_short = random.one_in(3);
        const bool fails = random.one_in(7);
        const bool is_slow = random.one_in(200);
        const Status outcome = write(
            request, random.one_in(4),
            [&](Writer& leader, size_t collected, Status* status) {
              size_t count = 0;
              for (Writer* writer = &leader; writer != nullptr; writer = writer->next) ++count;
              EXPECT_EQ(count, collected);
              const size_t served = cuts_short ? (collected + 1) / 2 : collected;
              if (is_slow) {
                queue_.expect_delay();
                queue_.note_sync(200);
                std::this_thread::sleep_for(std::chrono::microseconds(200));
              }
              served_total += served;
              if (fails) {
                *status = Status::outcome(Code::kNoMemory);
                refused += served;
              }
              return served;
            },
            !random.one_in(10));
        if (!outcome) refused -= 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(served_total, kThreads * kWrites);
  EXPECT_EQ(refused, 0u);  // each was told by its own leader
}

TEST_F(WriteQueueTest, GroupsKeepTheOrderAndTheKindOfCommit) {
  Holder holder;
  const std::string record = record_of(10);
  const std::string large = record_of(200 << 10);
  WriteRequest small;
  small.record = record;
  WriteRequest big;
  big.record = large;
  std::thread first = hold(holder, small, false);
  std::atomic<int> queued{0};
  std::vector<size_t> groups;
  std::vector<std::thread> threads;
  // Three small ones, one that wants a sync, one that is large.
  const auto start = [&](const WriteRequest& request, bool wants_sync) {
    threads.emplace_back([&, wants_sync] {
      ++queued;
      EXPECT_TRUE(write(request, wants_sync, [&](Writer&, size_t collected, Status*) {
        groups.push_back(collected);
        return collected;
      }));
    });
    while (queued != static_cast<int>(threads.size())) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  };
  start(small, false);
  start(small, false);
  start(small, false);
  start(small, true);
  start(small, false);
  start(big, false);
  holder.may_end = true;
  first.join();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(groups, (std::vector<size_t>{3, 2, 1}));
}

TEST_F(WriteQueueTest, WhoMayNotWaitIsTurnedAwayFromALeaderThatWaits) {
  const std::string record = record_of(10);
  for (const bool comes_later : {false, true}) {
    Holder holder;
    WriteRequest request;
    request.record = record;
    WriteRequest hasty = request;
    hasty.no_wait = true;
    std::thread first = hold(holder, request, comes_later);
    Status outcome;
    std::thread second(
        [&] { outcome = write(hasty, false, [](Writer&, size_t collected, Status*) { return collected; }); });
    std::thread patient([&] {
      EXPECT_TRUE(write(request, false, [](Writer&, size_t collected, Status*) { return collected; }));
    });
    if (!comes_later) {
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      holder.holds_up = true;
    }
    second.join();
    EXPECT_EQ(outcome.code(), Code::kBusy);
    holder.may_end = true;
    first.join();
    patient.join();
    // What held the leader up is over.
    EXPECT_TRUE(write(hasty, false, [](Writer&, size_t collected, Status*) { return collected; }));
  }
}

TEST_F(WriteQueueTest, DeadlinesPassInTheQueue) {
  const std::string record = record_of(10);
  Holder holder;
  WriteRequest request;
  request.record = record;
  std::thread first = hold(holder, request, false);
  WriteRequest limited = request;
  limited.deadline.at_us = system_clock().now_us() + 20'000;
  const Status outcome = write(limited, false, [](Writer&, size_t collected, Status*) { return collected; });
  EXPECT_EQ(outcome.code(), Code::kTimedOut);
  EXPECT_GE(system_clock().now_us(), limited.deadline.at_us);
  holder.may_end = true;
  first.join();
  EXPECT_TRUE(write(request, false, [](Writer&, size_t collected, Status*) {
    EXPECT_EQ(collected, 1u);
    return collected;
  }));
}

/// Eight threads that do nothing but synced writes share each sync, not every second one.
TEST_F(WriteQueueTest, SyncsAreSharedByAllWhoKeepWriting) {
  constexpr int kThreads = 8;
  constexpr uint64_t kWrites = 40;
  constexpr uint64_t kSyncMicros = 10'000;
  const std::string record = record_of(10);
  uint64_t groups = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      WriteRequest request;
      request.record = record;
      for (uint64_t i = 0; i < kWrites; ++i) {
        EXPECT_TRUE(write(request, true, [&](Writer&, size_t collected, Status*) {
          queue_.expect_delay();
          std::this_thread::sleep_for(std::chrono::microseconds(kSyncMicros));
          queue_.note_sync(kSyncMicros);
          ++groups;
          return collected;
        }));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(groups, kThreads * kWrites * 3 / 2 / kThreads);  // without waiting it is twice the best, or more
}

/// Time that stands still until it is moved.
class StillClock : public Clock {
 public:
  uint64_t now_us() override { return now_us_; }
  uint64_t wall_us() override { return now_us_; }
  void sleep_us(uint64_t duration_us) override { now_us_ += duration_us; }

 private:
  std::atomic<uint64_t> now_us_{1'000'000};
};

/// Two threads, of which one leads and waits for a third that was there for the sync before.
class GatherTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kSyncMicros = 4000;

  void SetUp() override { request_.record = record_; }
  void TearDown() override {
    for (std::thread& thread : threads_) thread.join();
  }

  /// Leads to a sync with nobody else, while two others queue up; returns when one of them gathers.
  void make_crowd(const WriteRequest& request_of_others) {
    SyncWriter writer(request_);
    ASSERT_TRUE(queue_.enter(writer));
    ASSERT_TRUE(queue_.gather(writer));
    ASSERT_EQ(queue_.collect(writer), 1u);
    for (size_t i = 0; i < 2; ++i) {
      threads_.emplace_back([this, i, request_of_others] { outcomes_[i] = write(request_of_others); });
    }
    while (queue_.queued_count() < 2) std::this_thread::yield();
    queue_.note_sync(kSyncMicros);
    queue_.finish(writer, 1, 1, Status::ok());
    while (!queue_.is_gathering()) std::this_thread::yield();
  }
  struct SyncWriter : Writer {
    explicit SyncWriter(const WriteRequest& write) {
      request = &write;
      wants_sync = true;
    }
  };
  Status write(const WriteRequest& request) {
    SyncWriter writer(request);
    if (!queue_.enter(writer) || !queue_.gather(writer)) return writer.status;
    const size_t collected = queue_.collect(writer);
    group_ = collected;
    queue_.finish(writer, collected, collected, Status::ok());
    return Status::ok();
  }
  void join() {
    TearDown();
    threads_.clear();
  }

  const std::string record_{SingleWrite(Kind::kPut, "k", "v").record()};
  WriteRequest request_;
  StillClock clock_;
  WriteQueue queue_{clock_};
  std::vector<std::thread> threads_;
  Status outcomes_[2];
  std::atomic<size_t> group_{0};  // led by one of the two
};

TEST_F(GatherTest, TheLastToComeLeadsAndItsFailureIsEverybodys) {
  make_crowd(request_);
  SyncWriter writer(request_);
  ASSERT_TRUE(queue_.enter(writer));  // though the gatherer has not ended
  EXPECT_FALSE(queue_.is_gathering());
  EXPECT_TRUE(queue_.gather(writer));
  ASSERT_EQ(queue_.collect(writer), 3u);
  queue_.finish(writer, 3, 3, Status(Code::kIoError, "the sync failed"));
  join();
  EXPECT_EQ(outcomes_[0].code(), Code::kIoError);
  EXPECT_EQ(outcomes_[1].code(), Code::kIoError);
  EXPECT_EQ(group_, 0u);
}

TEST_F(GatherTest, WhoIsCutOffFromTheGroupLeadsTheNext) {
  make_crowd(request_);
  SyncWriter writer(request_);
  ASSERT_TRUE(queue_.enter(writer));
  EXPECT_TRUE(queue_.gather(writer));
  ASSERT_EQ(queue_.collect(writer), 3u);
  queue_.finish(writer, 3, 1, Status(Code::kIoError, "only the first was served"));
  join();
  EXPECT_TRUE(outcomes_[0]);
  EXPECT_TRUE(outcomes_[1]);
}

TEST_F(GatherTest, PatienceEnds) {
  make_crowd(request_);
  std::this_thread::sleep_for(std::chrono::milliseconds(3 * kSyncMicros / 1000));
  EXPECT_TRUE(queue_.is_gathering());  // by its own clock no time has passed
  clock_.sleep_us(kSyncMicros);
  join();
  EXPECT_TRUE(outcomes_[0]);
  EXPECT_TRUE(outcomes_[1]);
  EXPECT_EQ(group_, 2u);
}

TEST_F(GatherTest, NobodyGathersBeyondADeadline) {
  WriteRequest limited = request_;
  limited.deadline.at_us = clock_.now_us() + 10;
  make_crowd(limited);
  clock_.sleep_us(10);
  join();
  EXPECT_EQ(queue_.queued_count(), 0u);
  EXPECT_FALSE(queue_.is_gathering());
  EXPECT_TRUE(outcomes_[0] || outcomes_[1]) << "the gatherer writes";
}

TEST_F(GatherTest, OneThatWantsNoSyncLetsTheGathererLead) {
  make_crowd(request_);
  Writer writer;
  writer.request = &request_;
  EXPECT_FALSE(queue_.enter(writer));
  EXPECT_TRUE(writer.status);
  join();
  EXPECT_EQ(group_, 3u);
}

}  // namespace
}  // namespace wombat
