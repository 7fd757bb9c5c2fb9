#include "env/process_barrier.h"

#if defined(__linux__) && __has_include(<linux/membarrier.h>)
#include <linux/membarrier.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#define WOMBAT_HAVE_MEMBARRIER 1
#endif

namespace wombat {

#ifdef WOMBAT_HAVE_MEMBARRIER

namespace {

bool call_membarrier(int command) noexcept {
  const int before = errno;
  const bool done = ::syscall(SYS_membarrier, command, 0, 0) == 0;
  errno = before;
  return done;
}

uint64_t thread_id() noexcept { return static_cast<uint64_t>(::syscall(SYS_gettid)); }

bool thread_has_ended(uint64_t id) noexcept {
  const int before = errno;
  const bool ended = ::syscall(SYS_tgkill, ::getpid(), static_cast<pid_t>(id), 0) != 0 && errno == ESRCH;
  errno = before;
  return ended;
}

bool barrier() noexcept { return call_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED); }

}  // namespace

bool find_thread_support(ThreadSupport* support) noexcept {
  if (!call_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) || !barrier()) return false;
  *support = {thread_id, thread_has_ended, barrier};
  return true;
}

#else

bool find_thread_support(ThreadSupport*) noexcept { return false; }

#endif

}  // namespace wombat
