#include "quiet_watch.h"

#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "latency_sampler.h"

namespace wombat::bench {
namespace {

constexpr auto kPause = std::chrono::milliseconds(4);
constexpr int kQuietPauses = 10;

/// Processor time of the other threads.
uint64_t others_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec) -
         thread_cpu_ns();
}

/// R: running or ready; D: waiting for the device. A thread that waits for work sleeps (S).
bool is_another_thread_busy() {
  const std::string own = std::to_string(gettid());
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", error)) {
    if (task.path().filename() == own) continue;
    std::string line;
    std::getline(std::ifstream(task.path() / "stat"), line);
    const size_t name_end = line.rfind(')');  // a thread's name may hold anything
    if (name_end == std::string::npos || name_end + 2 >= line.size()) continue;
    const char state = line[name_end + 2];
    if (state == 'R' || state == 'D') return true;
  }
  return false;
}

}  // namespace

double wait_until_quiet() {
  constexpr int64_t kCpuMax = 100'000;  // timers of sleeping engines
  uint64_t cpu = others_cpu_ns();
  for (int quiet = 0; quiet < kQuietPauses;) {
    std::this_thread::sleep_for(kPause);
    const uint64_t cpu_now = others_cpu_ns();
    quiet = static_cast<int64_t>(cpu_now - cpu) > kCpuMax || is_another_thread_busy() ? 0 : quiet + 1;
    cpu = cpu_now;
  }
  return kQuietPauses * std::chrono::duration<double>(kPause).count();
}

}  // namespace wombat::bench
