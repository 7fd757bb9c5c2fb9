#include "env/worker_pool.h"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "base/check.h"
#include "env/fork_guard.h"

namespace wombat {

struct WorkerPool::State {
  mutable std::mutex mutex;
  std::condition_variable flush_work;       // for the flush thread
  std::condition_variable compaction_work;  // for the others
  std::array<std::deque<Job>, kJobPriorityCount> queues;
  size_t running_count = 0;
  bool is_flush_thread_busy = false;
  bool is_stopping = false;
  // Touched only by the creator and by the one that stops.
  std::vector<std::thread> threads;
  std::mutex stop_mutex;
  const uint64_t fork_generation = wombat::fork_generation();

  /// The next job for a thread that does no less urgent ones than `least`; empty when there is none. Needs
  /// the mutex.
  Job take(JobPriority least) {
    // A compaction thread leaves flushes to an idle flush thread: that one could not do its own work instead.
    const bool is_for_flush_thread = least == JobPriority::kFlush;
    const size_t first = is_for_flush_thread || is_flush_thread_busy ? 0 : 1;
    for (size_t i = first; i <= static_cast<size_t>(least); ++i) {
      if (queues[i].empty()) continue;
      Job job = std::move(queues[i].front());
      queues[i].pop_front();
      return job;
    }
    return Job();
  }

  /// Needs the mutex.
  void set_flush_thread_busy(bool is_busy) {
    is_flush_thread_busy = is_busy;
    if (is_busy && !queues[static_cast<size_t>(JobPriority::kFlush)].empty()) compaction_work.notify_all();
  }

  void work(JobPriority least) noexcept;
};

namespace {

/// The program's signal handlers are not to run on our threads: a thread inherits what is blocked when it
/// starts.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t blocked;
    ::sigfillset(&blocked);
    // These report what the thread itself did; blocked they would kill the process without a word.
    for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS})
      ::sigdelset(&blocked, own);
    ::pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

/// Of this thread alone, which only Linux offers. A failure costs speed at most.
void be_nicer(int nice) {
#ifdef __linux__
  if (nice > 0) static_cast<void>(::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + nice));
#else
  static_cast<void>(nice);
#endif
}

void run(const WorkerPool::Job& job) noexcept {
  bool has_thrown = false;
  try {
    job();
  } catch (...) {
    has_thrown = true;
  }
  WOMBAT_CHECK(!has_thrown);
}

}  // namespace

void WorkerPool::State::work(JobPriority least) noexcept {
  std::condition_variable& news = least == JobPriority::kFlush ? flush_work : compaction_work;
  std::unique_lock lock(mutex);
  for (;;) {
    Job job = take(least);
    if (!job) {
      if (is_stopping) return;
      news.wait(lock);
      continue;
    }
    ++running_count;
    if (least == JobPriority::kFlush) set_flush_thread_busy(true);
    lock.unlock();
    run(job);
    job = nullptr;  // what the job holds is released outside the mutex as well
    lock.lock();
    --running_count;
    if (least == JobPriority::kFlush) set_flush_thread_busy(false);
  }
}

WorkerPool::WorkerPool(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<WorkerPool>> WorkerPool::create(size_t compaction_thread_count, int nice) {
  std::unique_ptr<WorkerPool> pool(new WorkerPool(std::make_unique<State>()));
  WOMBAT_TRY(pool->start_thread("wombat-flush", JobPriority::kFlush, nice));
  for (size_t i = 0; i < std::max<size_t>(1, compaction_thread_count); ++i) {
    WOMBAT_TRY(pool->start_thread("wombat-comp" + std::to_string(i), JobPriority::kBottom, nice));
  }
  return pool;
}

Status WorkerPool::start_thread(const std::string& name, JobPriority least, int nice) {
  std::vector<std::thread>& threads = state_->threads;
  threads.emplace_back();  // first the place: a started thread must not be lost to a failed allocation
  try {
    const SignalsBlocked signals_blocked;
    threads.back() = std::thread([state = state_.get(), least, nice] {
      be_nicer(nice);
      state->work(least);
    });
  } catch (const std::system_error& error) {
    threads.pop_back();
    const std::string reason = error.code().message();
    return Status(Code::kNoMemory, "cannot start a background thread: " + reason, error.code().value());
  }
#ifdef __linux__
  // For top and debuggers; 15 characters at most.
  static_cast<void>(::pthread_setname_np(threads.back().native_handle(), name.substr(0, 15).c_str()));
#endif
  return Status::ok();
}

WorkerPool::~WorkerPool() { drain_and_stop(); }

bool WorkerPool::submit(JobPriority priority, Job job) {
  WOMBAT_CHECK(job != nullptr);
  if (state_ == nullptr) return false;
  {
    std::lock_guard lock(state_->mutex);
    if (state_->is_stopping) return false;
    state_->queues[static_cast<size_t>(priority)].push_back(std::move(job));
  }
  if (priority == JobPriority::kFlush) state_->flush_work.notify_one();
  state_->compaction_work.notify_one();
  return true;
}

void WorkerPool::drain_and_stop() {
  if (state_ == nullptr) return;
  if (state_->fork_generation != fork_generation()) {
    // The mutex may be locked by a thread that does not exist here and the condition variables have waiters
    // that never leave: nothing of this can be destroyed.
    static_cast<void>(state_.release());
    return;
  }
  std::lock_guard stop_lock(state_->stop_mutex);
  {
    std::lock_guard lock(state_->mutex);
    state_->is_stopping = true;
  }
  state_->flush_work.notify_all();
  state_->compaction_work.notify_all();
  for (std::thread& thread : state_->threads) {
    WOMBAT_CHECK(thread.get_id() != std::this_thread::get_id());
    if (thread.joinable()) thread.join();
  }
  state_->threads.clear();
}

size_t WorkerPool::queued_count(JobPriority priority) const {
  if (state_ == nullptr) return 0;
  std::lock_guard lock(state_->mutex);
  return state_->queues[static_cast<size_t>(priority)].size();
}

size_t WorkerPool::running_count() const {
  if (state_ == nullptr) return 0;
  std::lock_guard lock(state_->mutex);
  return state_->running_count;
}

}  // namespace wombat
