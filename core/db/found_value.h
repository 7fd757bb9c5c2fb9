/// What a point read finds.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "kv/expiry.h"
#include "kv/value_pointer.h"
#include "memtable/memtable.h"
#include "table/frame.h"

namespace wombat {

class ReadState;

/// A value found by a point read. Valid within the epoch guard of the call, or as long as a pin keeps it.
struct FoundValue {
  Bytes value;
  Frame* frame = nullptr;  // null: the value is in a memtable of `state`, or in `merged`
  ReadState* state = nullptr;
  Tag tag = 0;  // of the newest visible entry; of a delete while there is none
  std::unique_ptr<std::string>
      merged;  // the value, where it was worked out of merges, or read from a value file
  uint64_t expires_at_us = kNeverExpires;
  /// Set by who asks: false leaves a value that is in a value file there, and says where that is.
  bool reads_elsewhere = true;
  ValuePointer pointer;  // when the tag has a kind that points
  bool fill_cache = true;  // of the read: what is left elsewhere is read in the same way
  bool is_elsewhere() const { return kind_points(tag_kind(tag)); }
};

/// A key of several that are looked up together, and its answer.
struct Lookup {
  Bytes key;
  FoundValue value;
  bool found = false;
  Status status;
};
inline constexpr size_t kLookupGroupMax = Memtable::kGroupSizeMax;

}  // namespace wombat
