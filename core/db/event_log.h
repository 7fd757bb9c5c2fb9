/// Messages for the owner of the program: passes them to the log callback, when there is one. Never carries
/// keys or values.
#pragma once

#include <atomic>
#include <string>
#include <string_view>

namespace wombat {

enum class LogLevel : int { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

using LogFunction = void (*)(void* user_data, int level, const char* message);

/// Any thread.
class EventLog {
 public:
  EventLog(LogFunction function, void* user_data, LogLevel least)
      : function_(function), user_data_(user_data), least_(least) {}
  void set_least(LogLevel least) { least_.store(least, std::memory_order_relaxed); }
  bool wants(LogLevel level) const {
    return function_ != nullptr && level >= least_.load(std::memory_order_relaxed);
  }
  /// Drops the message when there is no memory for it.
  void write(LogLevel level, std::string_view message) const noexcept;

 private:
  LogFunction function_;
  void* user_data_;
  std::atomic<LogLevel> least_;
};

}  // namespace wombat
