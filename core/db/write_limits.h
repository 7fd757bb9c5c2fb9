/// The limits of what one commit may hold: options limits.*.
#pragma once

#include "db/db.h"
#include "db/write_request.h"
#include "kv/size_limits.h"

namespace wombat {

/// check_write_limits() of what is not fine at first sight: looks at every operation.
Status check_write_limits_in_full(const Db& db, const WriteRequest& request);

/// kTooLarge when a batch, or a key or value in it, is over a limit of the database. Every put passes here.
inline Status check_write_limits(const Db& db, const WriteRequest& request) {
  const auto limit = [&](OptionId id) { return static_cast<uint64_t>(db.setting(id)); };
  // Against these two, keys and values were checked when the record was made.
  const bool has_usual_sizes =
      limit(OptionId::kLimitsKeySize) == kKeySizeMax && limit(OptionId::kLimitsValueSize) == kValueSizeMax;
  const bool is_fine = request.count() <= limit(OptionId::kLimitsBatchEntries) &&
                       request.record.size() <= limit(OptionId::kLimitsBatchSize) && has_usual_sizes;
  return is_fine ? Status::ok() : check_write_limits_in_full(db, request);
}

}  // namespace wombat
