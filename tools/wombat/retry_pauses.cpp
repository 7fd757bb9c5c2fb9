#include "retry_pauses.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "terminal.h"

namespace wombat::cli {

namespace {

double number_of(const Database& db, const char* option) {
  return std::strtod(db.option(option).c_str(), nullptr);
}

}  // namespace

RetryPauses::RetryPauses(const Database& db, std::optional<uint64_t> attempts)
    : attempts_(attempts ? *attempts : static_cast<uint64_t>(number_of(db, "retry.attempts"))),
      first_delay_ms_(number_of(db, "retry.first_delay_ms")),
      factor_(number_of(db, "retry.factor")),
      max_delay_ms_(number_of(db, "retry.max_delay_ms")),
      jitter_(number_of(db, "retry.jitter")),
      random_(std::random_device{}()) {}

void RetryPauses::sleep_before(uint64_t retry) {
  constexpr double kStepMs = 10;
  double delay_ms = first_delay_ms_;
  for (uint64_t i = 1; i < retry && delay_ms < max_delay_ms_; ++i) delay_ms *= factor_;
  delay_ms = std::min(delay_ms, max_delay_ms_);
  delay_ms *= 1 - jitter_ * std::uniform_real_distribution<double>()(random_);
  for (; delay_ms > 0 && !is_interrupted(); delay_ms -= kStepMs)
    std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(std::min(delay_ms, kStepMs)));
}

}  // namespace wombat::cli
