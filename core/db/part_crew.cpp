#include "db/part_crew.h"

#include <chrono>
#include <new>

namespace wombat {

namespace {
constexpr auto kWatchPause = std::chrono::milliseconds(20);
}

void PartCrew::call_helpers(WorkerPool& pool, size_t count) {
  try {
    for (size_t i = 0; i < count; ++i)
      if (!pool.submit(JobPriority::kBottom, [crew = shared_from_this()] { crew->take_parts(false); }))
        return;
  } catch (const std::bad_alloc&) {  // those that came will do
  }
}

void PartCrew::take_parts(bool is_owner) {
  std::unique_lock lock(mutex_);
  while (next_ < part_count_ && failure_.is_ok()) {
    const size_t part = next_++;
    ++working_;
    lock.unlock();
    Status status;
    try {
      status = work_(part, is_owner);
    } catch (const std::bad_alloc&) {
      status = Status::no_memory();
    }
    lock.lock();
    --working_;
    if (!status && failure_.is_ok()) failure_ = std::move(status);
    changed_.notify_all();
  }
}

Status PartCrew::run(const std::function<Status()>& watch) {
  take_parts(true);
  std::unique_lock lock(mutex_);
  while (working_ != 0) {
    changed_.wait_for(lock, kWatchPause);
    if (working_ == 0 || !failure_.is_ok()) continue;
    lock.unlock();
    Status status = watch();
    lock.lock();
    if (!status && failure_.is_ok()) failure_ = std::move(status);
  }
  next_ = part_count_;  // for helpers who come now
  return failure_;
}

bool PartCrew::has_failed() const {
  std::lock_guard lock(mutex_);
  return !failure_.is_ok();
}

}  // namespace wombat
