/// A prepared transaction as bytes: what nobody else may change until it is decided, and what it writes.
///
/// Record, version 1: version u8 (1) | reserved u8 x 3 (0) | key count u32 | range count u32 | keys: keyspace u32, key
/// sized | ranges: keyspace u32, has upper u8, lower sized, upper sized | batch sized (kv/write_batch.h). "Sized": u32
/// size, then the bytes.
#pragma once

#include <string>

#include "base/result.h"
#include "txn/read_set.h"

namespace wombat {

struct PreparedRecord {
  ReadSet claims;
  std::string batch;  // a log record; its timestamp does not count

  void encode(std::string* out) const;
  /// Every field bounds-checked, but for the batch, which its own reader checks. What cannot be read whole is
  /// kCorruption, a later version kUnsupported.
  static Result<PreparedRecord> decode(Bytes record);
};

}  // namespace wombat
