/// Background threads of one database. Flushes never wait behind compactions: one thread does nothing else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace wombat {

/// Most urgent first.
enum class JobPriority : uint8_t { kFlush, kUpper, kBottom };
inline constexpr size_t kJobPriorityCount = 3;

/// Any thread.
class WorkerPool {
 public:
  using Job = std::function<void()>;

  /// Starts one thread for flushes and `compaction_thread_count` (at least 1) for the rest, most urgent
  /// first, which help with flushes while the first is busy. On Linux `nice` is added to the nice value of all: where
  /// processors are scarce, those who wait for an answer go first. Fails with kNoMemory when the operating system
  /// refuses a thread.
  static Result<std::unique_ptr<WorkerPool>> create(size_t compaction_thread_count, int nice = 0);
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;
  /// drain_and_stop().
  ~WorkerPool();

  /// Jobs of one priority start in the order of submission. A job must not throw. False, and the job is
  /// dropped, after drain_and_stop was called. When it throws std::bad_alloc nothing was submitted.
  bool submit(JobPriority priority, Job job);

  /// Refuses new jobs, runs those already submitted and ends the threads. Idempotent; not from a job. In a
  /// forked child, which has none of the threads, it drops the jobs and their memory.
  void drain_and_stop();

  /// Jobs that wait for a thread.
  size_t queued_count(JobPriority priority) const;
  /// Jobs that are being run.
  size_t running_count() const;

 private:
  struct State;
  explicit WorkerPool(std::unique_ptr<State> state);
  Status start_thread(const std::string& name, JobPriority least, int nice);

  std::unique_ptr<State> state_;  // null once given up in a forked child
};

}  // namespace wombat
