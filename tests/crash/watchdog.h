/// Ends the program when something takes too long: a test that hangs must say where. Any thread.
#pragma once

#include <string>

namespace wombat {

/// What lives for more than WOMBAT_WATCHDOG_S (60) seconds is reported, WOMBAT_WATCHDOG_COMMAND is run with the
/// process id as its last argument (a debugger, for example), and the program is aborted.
class WatchdogScope {
 public:
  explicit WatchdogScope(std::string what);
  ~WatchdogScope();
  WatchdogScope(const WatchdogScope&) = delete;
  WatchdogScope& operator=(const WatchdogScope&) = delete;

 private:
  uint64_t id_;
};

/// The number in an environment variable, or `fallback`.
uint64_t environment_number(const char* name, uint64_t fallback);

}  // namespace wombat
