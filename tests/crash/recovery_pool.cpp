#include "crash/recovery_pool.h"

#include "crash/watchdog.h"

namespace wombat {

namespace {

constexpr size_t kQueueMax = 16;

}  // namespace

RecoveryPool::RecoveryPool(size_t thread_count) {
  for (size_t i = 0; i < thread_count; ++i) threads_.emplace_back([this] { work(); });
}

RecoveryPool::~RecoveryPool() {
  wait();
  {
    std::lock_guard lock(mutex_);
    stops_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

void RecoveryPool::submit(Task task) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return tasks_.size() < kQueueMax; });
  tasks_.push_back(std::move(task));
  changed_.notify_all();
}

void RecoveryPool::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return tasks_.empty() && running_ == 0; });
}

std::vector<std::string> RecoveryPool::failures() const {
  std::lock_guard lock(mutex_);
  return failures_;
}

uint64_t RecoveryPool::failure_count() const {
  std::lock_guard lock(mutex_);
  return failure_count_;
}

void RecoveryPool::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stops_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    ++running_;
    changed_.notify_all();
    lock.unlock();
    std::string failure = task();
    task = nullptr;
    lock.lock();
    --running_;
    if (!failure.empty() && ++failure_count_ <= kFailuresKept) failures_.push_back(std::move(failure));
    changed_.notify_all();
  }
}

size_t sweep_thread_count() {
  return environment_number("WOMBAT_SWEEP_THREADS", std::thread::hardware_concurrency() + 1);
}

}  // namespace wombat
