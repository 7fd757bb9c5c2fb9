#include "db/event_log.h"

namespace wombat {

void EventLog::write(LogLevel level, std::string_view message) const noexcept {
  if (!wants(level)) return;
  try {
    function_(user_data_, static_cast<int>(level), std::string(message).c_str());
  } catch (...) {  // a callback written in C++ may throw; background work must go on
  }
}

}  // namespace wombat
