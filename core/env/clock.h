/// Time, replaceable in tests.
#pragma once

#include <cstdint>

namespace wombat {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Monotonic, arbitrary start.
  virtual uint64_t now_us() = 0;
  virtual uint64_t now_ns() { return now_us() * 1000; }
  /// Since 1970, may jump; never decides order.
  virtual uint64_t wall_us() = 0;
  virtual void sleep_us(uint64_t duration_us) = 0;
};

/// Lives for ever.
Clock& system_clock();
/// For tests: from now on the wall clock of system_clock() is `by_us` later.
void advance_wall_clock(uint64_t by_us);

}  // namespace wombat
