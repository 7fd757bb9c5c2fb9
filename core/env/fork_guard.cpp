#include "env/fork_guard.h"

#include <pthread.h>

#include "base/epoch.h"

namespace wombat {

constinit std::atomic<uint64_t> fork_count{0};

namespace {

constinit std::atomic<bool> is_registered{false};

void count_fork() {
  fork_count.fetch_add(1, std::memory_order_relaxed);
  process_epochs().abandon_after_fork();
}

}  // namespace

uint64_t fork_generation() noexcept {
  if (!is_registered.load(std::memory_order_acquire)) {
    // Two threads may both register; then a fork counts twice, and only "changed" matters. A lock here could
    // be held by a third thread while the process forks.
    if (::pthread_atfork(nullptr, nullptr, &count_fork) == 0)
      is_registered.store(true, std::memory_order_release);
  }
  return noticed_fork_generation();
}

}  // namespace wombat
