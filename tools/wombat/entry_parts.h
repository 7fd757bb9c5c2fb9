/// What the value of an entry is made of, for those that show entries.
#pragma once

#include "kv/expiry.h"
#include "kv/merge_operator.h"
#include "kv/range_set.h"

namespace wombat::cli {

struct EntryParts {
  const char* word = "put";
  Bytes value;                 // of the user; the operand of a merge; where a range delete ends
  uint64_t expires_at_us = 0;  // of a put that expires
  Bytes merge_operator;        // of a merge
  bool has_upper = false;      // of a range delete
};

inline bool has_value(Kind kind) { return kind != Kind::kDelete && kind != Kind::kRangeDelete; }

/// Damage shows as a value that is left whole.
inline EntryParts parts_of(Kind kind, Bytes value) {
  EntryParts parts;
  parts.value = value;
  switch (kind) {
    case Kind::kDelete:
      parts.word = "delete";
      break;
    case Kind::kExpiringPut:
      if (!has_expiry(value)) break;
      parts.expires_at_us = expiry_of(value);
      parts.value = without_expiry(value);
      break;
    case Kind::kMerge:
      parts.word = "merge";
      static_cast<void>(decode_merge(value, &parts.merge_operator, &parts.value));
      break;
    case Kind::kRangeDelete:
      parts.word = "delete range";
      static_cast<void>(decode_range_end(value, &parts.value, &parts.has_upper));
      break;
    default:
      break;
  }
  return parts;
}

}  // namespace wombat::cli
