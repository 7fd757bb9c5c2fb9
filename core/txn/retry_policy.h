/// How long to wait before a transaction that met a conflict is tried again: exponential, with a cap and jitter
/// ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
#pragma once

#include <cstdint>

namespace wombat {

struct RetryPolicy {
  uint32_t retry_count_max = 10;
  uint64_t first_delay_us = 1000;
  double factor = 2.0;
  uint64_t delay_us_max = 100'000;
  double jitter = 0.5;  // the part that chance may take away

  /// Before retry number `retry` (1 and up). `random` is evenly distributed.
  uint64_t delay_us(uint32_t retry, uint64_t random) const {
    auto delay = static_cast<double>(first_delay_us);
    const auto cap = static_cast<double>(delay_us_max);
    for (uint32_t i = 1; i < retry && delay < cap; ++i) delay *= factor;
    if (delay > cap) delay = cap;
    constexpr double kTwoTo53 = 9007199254740992.0;
    const double part = static_cast<double>(random >> 11) / kTwoTo53;  // [0, 1)
    return static_cast<uint64_t>(delay * (1.0 - jitter * part));
  }
};

}  // namespace wombat
