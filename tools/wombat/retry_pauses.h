/// How often and after which pauses a transaction is run again: as options retry.* of the database say.
#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "database.h"

namespace wombat::cli {

class RetryPauses {
 public:
  /// `attempts` in place of option retry.attempts.
  RetryPauses(const Database& db, std::optional<uint64_t> attempts);
  uint64_t attempts() const { return attempts_; }
  /// Before retry number `retry`, 1 and up. Ends early after Ctrl-C.
  void sleep_before(uint64_t retry);

 private:
  uint64_t attempts_;
  double first_delay_ms_;
  double factor_;
  double max_delay_ms_;
  double jitter_;  // the part that chance may take away
  std::minstd_rand random_;
};

}  // namespace wombat::cli
