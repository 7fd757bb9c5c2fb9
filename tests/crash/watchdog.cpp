#include "crash/watchdog.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

namespace wombat {

namespace {

using Time = std::chrono::steady_clock;

struct Watched {
  std::string what;
  Time::time_point since;
};

struct Watchdog {
  std::mutex mutex;
  uint64_t next_id = 0;                 // guarded by mutex
  std::map<uint64_t, Watched> watched;  // guarded by mutex

  Watchdog() {
    std::thread([this] { watch(); }).detach();
  }

  [[noreturn]] void watch() {
    const auto limit = std::chrono::seconds(environment_number("WOMBAT_WATCHDOG_S", 60));
    for (;;) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      std::lock_guard lock(mutex);
      for (const auto& [id, entry] : watched) {
        if (Time::now() - entry.since < limit) continue;
        std::fprintf(stderr, "watchdog: this hangs: %s\n", entry.what.c_str());
        if (const char* const command = std::getenv("WOMBAT_WATCHDOG_COMMAND")) {
          const int result = std::system((command + (" " + std::to_string(getpid()))).c_str());
          std::fprintf(stderr, "watchdog: the command ended with %d\n", result);
        }
        std::abort();
      }
    }
  }
};

Watchdog& watchdog() {
  static Watchdog* const dog = new Watchdog;  // its thread never ends
  return *dog;
}

}  // namespace

WatchdogScope::WatchdogScope(std::string what) {
  Watchdog& dog = watchdog();
  std::lock_guard lock(dog.mutex);
  id_ = ++dog.next_id;
  dog.watched[id_] = {std::move(what), Time::now()};
}

WatchdogScope::~WatchdogScope() {
  Watchdog& dog = watchdog();
  std::lock_guard lock(dog.mutex);
  dog.watched.erase(id_);
}

uint64_t environment_number(const char* name, uint64_t fallback) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? fallback : std::strtoull(text, nullptr, 0);
}

}  // namespace wombat
