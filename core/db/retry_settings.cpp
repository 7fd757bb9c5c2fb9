#include "db/retry_settings.h"

#include "db/db.h"

namespace wombat {

RetryPolicy retry_policy_of(const Db& db) {
  constexpr uint64_t kMicrosPerMilli = 1000;
  constexpr double kThousandths = 1000;
  RetryPolicy policy;
  policy.retry_count_max = static_cast<uint32_t>(db.setting(OptionId::kRetryAttempts));
  policy.first_delay_us = static_cast<uint64_t>(db.setting(OptionId::kRetryFirstDelay)) * kMicrosPerMilli;
  policy.delay_us_max = static_cast<uint64_t>(db.setting(OptionId::kRetryMaxDelay)) * kMicrosPerMilli;
  policy.factor = static_cast<double>(db.setting(OptionId::kRetryFactor)) / kThousandths;
  policy.jitter = static_cast<double>(db.setting(OptionId::kRetryJitter)) / kThousandths;
  return policy;
}

}  // namespace wombat
