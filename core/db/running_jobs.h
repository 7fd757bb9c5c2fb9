/// Which jobs are under way, so that somebody can wait for those of a moment without waiting for later ones.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace wombat {

/// Jobs by number, each higher than the one before. A job is under way from the moment when it is asked for, since its
/// plan holds tables, until it has let go of all of them. Guarded by a mutex of the owner.
class RunningJobs {
 public:
  /// The number of a job that begins. Throws std::bad_alloc, and nothing has begun.
  uint64_t begin() {
    numbers_.push_back(next_);
    return next_++;
  }
  void end(uint64_t number) noexcept { std::erase(numbers_, number); }
  /// What the next job to begin gets.
  uint64_t next() const { return next_; }
  /// Whether a job with a lower number is under way.
  bool has_before(uint64_t number) const { return !numbers_.empty() && numbers_.front() < number; }

 private:
  std::vector<uint64_t> numbers_;  // ascending
  uint64_t next_ = 1;
};

/// A job of the calling thread: it ends with the scope, which is the last to hold anything of it.
class JobScope {
 public:
  /// `changed` is notified when the job ends. All three outlive the scope.
  JobScope(RunningJobs& jobs, std::mutex& mutex, std::condition_variable& changed)
      : jobs_(jobs), mutex_(mutex), changed_(changed) {}
  ~JobScope() {
    if (number_ == 0) return;
    std::lock_guard lock(mutex_);
    jobs_.end(number_);
    changed_.notify_all();
  }
  JobScope(const JobScope&) = delete;
  JobScope& operator=(const JobScope&) = delete;
  /// Needs the mutex. Once. Throws std::bad_alloc.
  void begin() { number_ = jobs_.begin(); }

 private:
  RunningJobs& jobs_;
  std::mutex& mutex_;
  std::condition_variable& changed_;
  uint64_t number_ = 0;  // 0: not begun
};

}  // namespace wombat
