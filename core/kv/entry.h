/// What an entry of the tree means: user key, commit timestamp, kind. The order that everything above relies
/// on: keys ascend bytewise; versions of one key descend by tag, so the newest is met first.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace wombat {

/// Commit order. A 56-bit counter, never a clock; 0 means "older than every snapshot".
using Timestamp = uint64_t;
inline constexpr Timestamp kTimestampMax = (uint64_t{1} << 56) - 1;

/// What happened to a key. The numbers are on disk.
enum class Kind : uint8_t {
  kDelete = 0,
  kPut = 1,
  kValuePointer = 2,     // a put whose value is in a value file: kv/value_pointer.h
  kRangeDelete = 3,      // from the key up to a bound: kv/range_set.h; never among the entries of keys
  kMerge = 4,            // the value names an operator and carries its operand: kv/merge_operator.h
  kExpiringPut = 5,      // a time stands in front of the value: kv/expiry.h
  kExpiringPointer = 6,  // both
};
inline constexpr uint8_t kKindMax = 0xFF;

/// timestamp << 8 | kind.
using Tag = uint64_t;
/// Greater than or equal to every tag of `timestamp`: seek to it to see everything visible at `timestamp`.
constexpr Tag seek_tag(Timestamp timestamp) { return timestamp << 8 | kKindMax; }
constexpr Tag make_tag(Timestamp timestamp, Kind kind) { return timestamp << 8 | static_cast<uint8_t>(kind); }
constexpr Timestamp tag_timestamp(Tag tag) { return tag >> 8; }
constexpr Kind tag_kind(Tag tag) { return static_cast<Kind>(tag & 0xFF); }
inline constexpr Tag kTagMax = ~Tag{0};

/// Kinds this version of Wombat can apply.
constexpr bool kind_is_supported(uint8_t kind) {
  return kind <= static_cast<uint8_t>(Kind::kExpiringPointer);
}
/// Puts that expire, wherever their value is.
constexpr bool kind_expires(Kind kind) {
  return kind == Kind::kExpiringPut || kind == Kind::kExpiringPointer;
}
/// Puts whose value is in a value file.
constexpr bool kind_points(Kind kind) {
  return kind == Kind::kValuePointer || kind == Kind::kExpiringPointer;
}
/// Kinds of entries that stand in the order of keys.
constexpr bool kind_is_point(uint8_t kind) {
  return kind_is_supported(kind) && kind != static_cast<uint8_t>(Kind::kRangeDelete);
}

/// Limits of the data model.
inline constexpr size_t kKeySizeMax = 64 * 1024 - 1;
inline constexpr size_t kValueSizeMax = (size_t{1} << 30) - 1;

/// Whether an entry with `older` may stand behind one with `newer` of the same key in a table. Tags descend; but behind
/// a merge there may be anything that its own commit wrote earlier.
constexpr bool may_follow(Tag newer, Tag older) {
  return newer > older || (tag_kind(newer) == Kind::kMerge && tag_timestamp(newer) == tag_timestamp(older));
}

/// Order of entries: key ascending, then tag descending.
inline int compare_entries(Bytes key_a, Tag tag_a, Bytes key_b, Tag tag_b) {
  const int order = compare_bytes(key_a, key_b);
  if (order != 0) return order;
  return tag_a > tag_b ? -1 : tag_a < tag_b ? 1 : 0;
}

}  // namespace wombat
