/// What an operation of a batch writes, for those who look for conflicts.
#pragma once

#include "base/check.h"
#include "kv/range_set.h"
#include "kv/write_batch.h"
#include "txn/recent_writes.h"

namespace wombat {

inline WrittenKey written_by(const OperationWalker::Operation& operation) {
  WrittenKey write{operation.keyspace, operation.key, operation.kind == Kind::kRangeDelete, {}};
  if (!write.is_range) return write;
  Bytes upper;
  bool has_upper = false;
  WOMBAT_CHECK(decode_range_end(operation.value, &upper, &has_upper));
  if (has_upper) write.upper = upper;
  return write;
}

}  // namespace wombat
