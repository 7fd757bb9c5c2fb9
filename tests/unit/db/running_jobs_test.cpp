// Jobs of a moment can be waited for, whatever begins later.
#include "db/running_jobs.h"

#include <gtest/gtest.h>

namespace wombat {
namespace {

TEST(RunningJobs, LaterOnesAreNotWaitedFor) {
  RunningJobs jobs;
  EXPECT_FALSE(jobs.has_before(jobs.next()));
  const uint64_t first = jobs.begin();
  const uint64_t second = jobs.begin();
  const uint64_t moment = jobs.next();
  const uint64_t later = jobs.begin();
  EXPECT_TRUE(jobs.has_before(moment));
  jobs.end(first);
  EXPECT_TRUE(jobs.has_before(moment));
  jobs.end(second);
  EXPECT_FALSE(jobs.has_before(moment));
  EXPECT_TRUE(jobs.has_before(jobs.next()));
  jobs.end(0);  // what has not begun
  jobs.end(later);
  EXPECT_FALSE(jobs.has_before(jobs.next()));
}

TEST(RunningJobs, AScopeEndsItsJobAndSaysSo) {
  RunningJobs jobs;
  std::mutex mutex;
  std::condition_variable changed;
  {
    JobScope never(jobs, mutex, changed);
    JobScope job(jobs, mutex, changed);
    std::lock_guard lock(mutex);
    job.begin();
    EXPECT_TRUE(jobs.has_before(jobs.next()));
  }
  EXPECT_FALSE(jobs.has_before(jobs.next()));
}

}  // namespace
}  // namespace wombat
