#include "env/wait_word.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace wombat {

static_assert(sizeof(WaitWord) == sizeof(uint32_t), "the address of the object is that of the number");

void WaitWord::sleep_while(uint32_t expected, uint64_t timeout_us) noexcept {
  timespec timeout{};
  timeout.tv_sec = static_cast<time_t>(timeout_us / 1'000'000);
  timeout.tv_nsec = static_cast<long>(timeout_us % 1'000'000 * 1000);
  static_cast<void>(::syscall(SYS_futex, this, FUTEX_WAIT_PRIVATE, expected,
                              timeout_us == 0 ? nullptr : &timeout, nullptr, 0));
}

void WaitWord::wake(WaitWord* word) noexcept {
  static_cast<void>(::syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0));
}

}  // namespace wombat
