/// How readers of entries come to values that lie in value files.
#pragma once

#include <string>

#include "base/status.h"
#include "kv/value_pointer.h"

namespace wombat {

struct Frame;  // a piece of the cache (table/frame.h)

/// Any thread.
class ValueReader {
 public:
  virtual ~ValueReader() = default;
  /// The value of `key` that `pointer` points to: `*value` is a part of `*memory`, whose former contents go. The caller
  /// holds what keeps the file: the table or the memtable with the entry. kCorruption, kMissingFile, I/O failures.
  virtual Status read(Bytes key, const ValuePointer& pointer, std::string* memory, Bytes* value) const = 0;
  /// The same into a frame that is readable for as long as the caller's epoch or a pin lasts; `keeps`: others are to find it
  /// there. `*frame` null: not a value for the cache; read() gives it.
  virtual Status read_frame(Bytes /*key*/, const ValuePointer& /*pointer*/, bool /*keeps*/, Frame** frame,
                            Bytes* /*value*/) const {
    *frame = nullptr;
    return Status::ok();
  }
  /// read() for the bytes from `offset` on, at most `size` of them: fewer at the end of the value.
  virtual Status read_part(Bytes key, const ValuePointer& pointer, uint64_t offset, size_t size,
                           std::string* memory, Bytes* part) const = 0;
};

}  // namespace wombat
