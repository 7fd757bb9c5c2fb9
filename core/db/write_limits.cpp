#include "db/write_limits.h"

#include "kv/expiry.h"
#include "kv/range_set.h"

namespace wombat {

namespace {

Status too_large(const char* what, uint64_t found, const char* option, uint64_t limit) {
  return Status(Code::kTooLarge, std::string("the batch has ") + std::to_string(found) + what + option +
                                     " is " + std::to_string(limit));
}

}  // namespace

Status check_write_limits_in_full(const Db& db, const WriteRequest& request) {
  const auto limit = [&](OptionId id) { return static_cast<uint64_t>(db.setting(id)); };
  if (request.count() > limit(OptionId::kLimitsBatchEntries)) {
    return too_large(" operations; ", request.count(), "limits.batch_entries",
                     limit(OptionId::kLimitsBatchEntries));
  }
  if (request.record.size() > limit(OptionId::kLimitsBatchSize)) {
    return too_large(" bytes; ", request.record.size(),
                     db.memory_shares().derives_sizes
                         ? "limits.batch_size, an eighth of memory.limit at most,"
                         : "limits.batch_size",
                     limit(OptionId::kLimitsBatchSize));
  }
  const uint64_t key_size_max = limit(OptionId::kLimitsKeySize);
  const uint64_t value_size_max = limit(OptionId::kLimitsValueSize);
  if (key_size_max == kKeySizeMax && value_size_max == kValueSizeMax)
    return Status::ok();  // checked when the record was made
  OperationWalker walker(request.operations());
  while (!walker.at_end()) {
    const OperationWalker::Operation operation = walker.next();
    WOMBAT_TRY(check_key_size(operation.key.size(), key_size_max));
    if (operation.kind == Kind::kRangeDelete) {
      Bytes upper;
      bool has_upper = false;
      if (decode_range_end(operation.value, &upper, &has_upper))
        WOMBAT_TRY(check_key_size(upper.size(), key_size_max));
      continue;
    }
    const size_t in_front = operation.kind == Kind::kExpiringPut ? kExpirySize : 0;
    WOMBAT_TRY(check_value_size(operation.value.size() - in_front, value_size_max));
  }
  return Status::ok();
}

}  // namespace wombat
