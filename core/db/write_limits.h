/// The limits of what one commit may hold: options limits.*.
#pragma once

#include "db/db.h"
#include "db/write_request.h"
#include "kv/size_limits.h"

namespace wombat {

/// The same looking at everything.
Status check_write_limits_in_full(const Db& db, const WriteRequest& request);

/// kTooLarge when a batch, or a key or value in it, is over a limit of the database. Every put passes here.
inline Status check_write_limits(const Db& db, const WriteRequest& request) {
  const auto limit = [&](OptionId id) { return static_cast<uint64_t>(db.setting(id)); };
  const bool is_fine = request.count() <= limit(OptionId::kLimitsBatchEntries) &&
                       request.record.size() <= limit(OptionId::kLimitsBatchSize) &&
                       limit(OptionId::kLimitsKeySize) ==
                           kKeySizeMax &&  // keys and values were checked when the record was made
                       limit(OptionId::kLimitsValueSize) == kValueSizeMax;
  return is_fine ? Status::ok() : check_write_limits_in_full(db, request);
}

}  // namespace wombat
