/// Where a value lies that is not in its entry but in a value file (vlog/value_record.h). The value of an entry of kind
/// kValuePointer is a pointer, that of kExpiringPointer a time (kv/expiry.h) and a pointer.
///
/// Pointer: file number u64 | offset of the record u64 | stored size u32 | value size u32 | digest of the record u64.
#pragma once

#include <string>

#include "base/coding.h"
#include "kv/entry.h"
#include "kv/expiry.h"

namespace wombat {

struct ValuePointer {
  static constexpr size_t kSize = 32;
  uint64_t file = 0;
  uint64_t offset = 0;
  uint32_t stored_size = 0;  // of the value as it lies in the file
  uint32_t value_size = 0;
  uint64_t digest = 0;

  bool operator==(const ValuePointer&) const = default;
};

inline void append_value_pointer(const ValuePointer& pointer, std::string* out) {
  append_le<uint64_t>(out, pointer.file);
  append_le<uint64_t>(out, pointer.offset);
  append_le<uint32_t>(out, pointer.stored_size);
  append_le<uint32_t>(out, pointer.value_size);
  append_le<uint64_t>(out, pointer.digest);
}

/// The pointer in the value of an entry of `kind`, which is one of those that have one. False: damage.
inline bool read_value_pointer(Kind kind, Bytes value, ValuePointer* pointer) {
  if (kind == Kind::kExpiringPointer) {
    if (!has_expiry(value)) return false;
    value = without_expiry(value);
  }
  if (value.size() != ValuePointer::kSize) return false;
  pointer->file = load_le<uint64_t>(value.data());
  pointer->offset = load_le<uint64_t>(value.data() + 8);
  pointer->stored_size = load_le<uint32_t>(value.data() + 16);
  pointer->value_size = load_le<uint32_t>(value.data() + 20);
  pointer->digest = load_le<uint64_t>(value.data() + 24);
  return pointer->file != 0 && pointer->value_size <= kValueSizeMax;
}

}  // namespace wombat
