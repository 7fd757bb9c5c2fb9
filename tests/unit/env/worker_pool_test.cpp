#include "env/worker_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/sleeping_threads.h"

namespace wombat {
namespace {

std::unique_ptr<WorkerPool> start(size_t compaction_threads) {
  return std::move(WorkerPool::create(compaction_threads)).value();
}

/// A job that waits until it is released, and how the test knows that it has begun. What a job uses is
/// declared before the pool in every test, so that it outlives the job.
struct Barrier {
  std::promise<void> begun, released;
  WorkerPool::Job job() {
    return [this] {
      begun.set_value();
      released.get_future().wait();
    };
  }
  void submit_and_wait(WorkerPool& pool, JobPriority priority) {
    ASSERT_TRUE(pool.submit(priority, job()));
    begun.get_future().wait();
  }
  void release() { released.set_value(); }
};

TEST(WorkerPool, RunsEveryJobOnce) {
  std::atomic<int> runs{0};
  {
    const auto pool = start(3);
    for (int i = 0; i < 3000; ++i) {
      EXPECT_TRUE(pool->submit(static_cast<JobPriority>(i % 3), [&runs] { ++runs; }));
    }
  }
  EXPECT_EQ(runs, 3000);
}

TEST(WorkerPool, StandsBackAsFarAsItIsTold) {
  const int own = ::getpriority(PRIO_PROCESS, 0);
  for (const int nice : {0, 3}) {
    std::promise<int> values[kJobPriorityCount];
    const auto pool = std::move(WorkerPool::create(1, nice)).value();
    for (size_t i = 0; i < kJobPriorityCount; ++i) {
      ASSERT_TRUE(pool->submit(static_cast<JobPriority>(i),
                               [&value = values[i]] { value.set_value(::getpriority(PRIO_PROCESS, 0)); }));
    }
    for (auto& value : values) EXPECT_EQ(value.get_future().get(), std::min(own + nice, 19));
  }
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), own);
}

TEST(WorkerPool, FlushRunsWhileAllCompactionThreadsAreBusy) {
  Barrier first, second;
  std::promise<void> flushed;
  const auto pool = start(2);
  first.submit_and_wait(*pool, JobPriority::kBottom);
  second.submit_and_wait(*pool, JobPriority::kUpper);
  EXPECT_EQ(pool->running_count(), 2u);
  EXPECT_TRUE(pool->submit(JobPriority::kFlush, [&flushed] { flushed.set_value(); }));
  flushed.get_future().wait();
  first.release();
  second.release();
}

TEST(WorkerPool, CompactionsNeverRunOnTheFlushThread) {
  Barrier busy;
  std::atomic<bool> has_run{false};
  std::promise<void> flushed;
  const auto pool = start(1);
  busy.submit_and_wait(*pool, JobPriority::kBottom);
  EXPECT_TRUE(pool->submit(JobPriority::kUpper, [&has_run] { has_run = true; }));
  EXPECT_TRUE(pool->submit(JobPriority::kFlush, [&flushed] { flushed.set_value(); }));
  flushed.get_future().wait();
  EXPECT_FALSE(has_run);
  EXPECT_EQ(pool->queued_count(JobPriority::kUpper), 1u);
  busy.release();
  pool->drain_and_stop();
  EXPECT_TRUE(has_run);
}

TEST(WorkerPool, FlushIsLeftToTheIdleFlushThread) {
  std::set<std::thread::id> flushed_by;
  std::atomic<int> runs{0};
  const auto pool = start(1);
  for (int round = 1; round <= 500; ++round) {
    EXPECT_TRUE(pool->submit(JobPriority::kFlush, [&] {
      flushed_by.insert(std::this_thread::get_id());
      runs = round;
    }));
    while (runs != round || pool->running_count() != 0) std::this_thread::yield();
  }
  EXPECT_EQ(flushed_by.size(), 1u);
}

TEST(WorkerPool, CompactionThreadsHelpWithFlushes) {
  Barrier first, second;
  const auto pool = start(1);
  first.submit_and_wait(*pool, JobPriority::kFlush);
  second.submit_and_wait(*pool, JobPriority::kFlush);
  first.release();
  second.release();
}

TEST(WorkerPool, TakesTheMostUrgentFirstAndKeepsTheOrderWithin) {
  Barrier flush, compaction;
  std::string order;  // one thread is left to write it
  const auto pool = start(1);
  compaction.submit_and_wait(*pool, JobPriority::kBottom);
  flush.submit_and_wait(*pool, JobPriority::kFlush);
  for (const char name : {'1', '2'}) {
    EXPECT_TRUE(pool->submit(JobPriority::kBottom, [&order, name] { order += {'b', name}; }));
    EXPECT_TRUE(pool->submit(JobPriority::kUpper, [&order, name] { order += {'u', name}; }));
    EXPECT_TRUE(pool->submit(JobPriority::kFlush, [&order, name] { order += {'f', name}; }));
  }
  compaction.release();
  while (pool->queued_count(JobPriority::kBottom) != 0 || pool->running_count() != 1)
    std::this_thread::yield();
  flush.release();
  pool->drain_and_stop();
  EXPECT_EQ(order, "f1f2u1u2b1b2");
}

TEST(WorkerPool, JobsMaySubmitJobs) {
  std::promise<void> done;
  const auto pool = start(1);
  EXPECT_TRUE(pool->submit(JobPriority::kFlush, [&] {
    EXPECT_TRUE(pool->submit(JobPriority::kBottom, [&done] { done.set_value(); }));
  }));
  done.get_future().wait();
}

TEST(WorkerPool, DrainRunsWhatWaitsAndRefusesTheRest) {
  Barrier busy;
  std::atomic<int> runs{0};
  const auto pool = start(1);
  busy.submit_and_wait(*pool, JobPriority::kBottom);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(pool->submit(JobPriority::kBottom, [&runs] { ++runs; }));
  std::thread stopper([&pool] { pool->drain_and_stop(); });
  std::thread second_stopper([&pool] { pool->drain_and_stop(); });
  while (pool->submit(JobPriority::kUpper, [] {})) std::this_thread::yield();
  busy.release();
  stopper.join();
  second_stopper.join();
  EXPECT_EQ(runs, 10);
  EXPECT_FALSE(pool->submit(JobPriority::kFlush, [&runs] { ++runs; }));
  pool->drain_and_stop();
  EXPECT_EQ(runs, 10);
}

TEST(WorkerPool, WhatAJobHoldsIsReleasedBeforeThePoolStops) {
  const auto pool = start(1);
  const auto held = std::make_shared<int>(1);
  EXPECT_TRUE(pool->submit(JobPriority::kBottom, [held] {}));
  pool->drain_and_stop();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(WorkerPool, SignalsOfTheProgramAreBlocked) {
  std::promise<sigset_t> masks[kJobPriorityCount];
  const auto pool = start(1);
  for (const JobPriority priority : {JobPriority::kFlush, JobPriority::kBottom}) {
    std::promise<sigset_t>& mask = masks[static_cast<size_t>(priority)];
    EXPECT_TRUE(pool->submit(priority, [&mask] {
      sigset_t now;
      ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
      mask.set_value(now);
    }));
    sigset_t in_job = mask.get_future().get();
    EXPECT_EQ(sigismember(&in_job, SIGTERM), 1);
    EXPECT_EQ(sigismember(&in_job, SIGUSR1), 1);
    EXPECT_EQ(sigismember(&in_job, SIGSEGV), 0);
  }
  sigset_t here;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &here);
  EXPECT_EQ(sigismember(&here, SIGTERM), 0);
}

TEST(WorkerPool, ForkedChildDropsItWithoutHanging) {
  Barrier busy;
  auto pool = start(2);
  busy.submit_and_wait(*pool, JobPriority::kBottom);
  let_other_threads_sleep();
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    pool->drain_and_stop();
    const bool is_refused = !pool->submit(JobPriority::kFlush, [] {});
    pool.reset();
    ::_exit(is_refused ? 0 : 1);
  }
  int outcome = 1;
  ASSERT_EQ(::waitpid(child, &outcome, 0), child);
  EXPECT_EQ(outcome, 0);
  busy.release();
  pool->drain_and_stop();
}

TEST(WorkerPool, RefusedThreadIsAnErrorAndNoneIsLeftBehind) {
  if (::geteuid() == 0) GTEST_SKIP() << "the limit on threads does not bind root";
  struct rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NPROC, &before), 0);
  struct rlimit none = before;
  none.rlim_cur = 1;
  ASSERT_EQ(::setrlimit(RLIMIT_NPROC, &none), 0);
  const auto pool = WorkerPool::create(4);
  ASSERT_EQ(::setrlimit(RLIMIT_NPROC, &before), 0);
  EXPECT_EQ(pool.status().code(), Code::kNoMemory);
}

TEST(WorkerPoolDeathTest, JobThatThrowsIsABug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        const auto pool = start(1);
        static_cast<void>(pool->submit(JobPriority::kFlush, [] { throw std::runtime_error("no"); }));
        pool->drain_and_stop();
      },
      "internal check failed");
}

}  // namespace
}  // namespace wombat
