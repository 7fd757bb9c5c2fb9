/// Threads that check crash images while the program that is being crashed goes on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace wombat {

/// Any thread.
class RecoveryPool {
 public:
  /// Returns what is wrong, or nothing.
  using Task = std::function<std::string()>;

  explicit RecoveryPool(size_t thread_count);
  ~RecoveryPool();
  RecoveryPool(const RecoveryPool&) = delete;
  RecoveryPool& operator=(const RecoveryPool&) = delete;

  /// Waits while many tasks wait already: images take memory.
  void submit(Task task);
  /// Until all tasks are done.
  void wait();
  /// The first of them; all are counted.
  std::vector<std::string> failures() const;
  uint64_t failure_count() const;
  static constexpr size_t kFailuresKept = 5;

 private:
  void work();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;             // guarded by mutex_
  size_t running_ = 0;                 // guarded by mutex_
  bool stops_ = false;                 // guarded by mutex_
  uint64_t failure_count_ = 0;         // guarded by mutex_
  std::vector<std::string> failures_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

/// WOMBAT_SWEEP_THREADS, or one more than there are processors: recoveries also wait.
size_t sweep_thread_count();

}  // namespace wombat
