#include "env/wait_row.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>

namespace wombat {

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "the system reads the number itself");

namespace {

/// The system wants a time of the monotonic clock, not a duration.
timespec time_in(uint64_t duration_us) noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  time.tv_sec += static_cast<time_t>(duration_us / 1'000'000);
  time.tv_nsec += static_cast<long>(duration_us % 1'000'000 * 1000);
  if (time.tv_nsec >= 1'000'000'000) {
    time.tv_nsec -= 1'000'000'000;
    ++time.tv_sec;
  }
  return time;
}

}  // namespace

void WaitRow::sleep(uint32_t ring_count, uint32_t seat, uint64_t timeout_us) noexcept {
  timespec end{};
  if (timeout_us != 0) end = time_in(timeout_us);
  static_cast<void>(::syscall(SYS_futex, &ring_count_, FUTEX_WAIT_BITSET_PRIVATE, ring_count,
                              timeout_us == 0 ? nullptr : &end, nullptr, uint32_t{1} << seat));
}

void WaitRow::wake(uint32_t seats) noexcept {
  ring_count_.fetch_add(1, std::memory_order_acq_rel);
  static_cast<void>(
      ::syscall(SYS_futex, &ring_count_, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, nullptr, nullptr, seats));
}

}  // namespace wombat
