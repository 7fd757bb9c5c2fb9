/// A record of the log that stands for a commit whose entries are in tables, and which the manifest holds: one that took
/// tables in (ingest.cpp). Written behind that edit, so a log with it beside a manifest without the commit means that the
/// manifest has lost its end.
///
/// Type u8 (5) | reserved u8 x 7 (0) | commit timestamp u64.
#pragma once

#include <optional>
#include <string>

#include "base/coding.h"
#include "kv/entry.h"

namespace wombat {

struct OutsideCommit {
  static constexpr uint8_t kType = 5;
  static constexpr size_t kSize = 16;
  Timestamp timestamp = 0;

  std::string encode() const {
    std::string out(8, '\0');
    out[0] = static_cast<char>(kType);
    append_le<uint64_t>(&out, timestamp);
    return out;
  }
  static bool is_one(Bytes record) { return !record.empty() && record[0] == static_cast<char>(kType); }
  /// Nothing when `record` is no well-formed one.
  static std::optional<OutsideCommit> decode(Bytes record) {
    if (record.size() != kSize || !is_one(record) || record.substr(1, 7) != Bytes("\0\0\0\0\0\0\0", 7))
      return std::nullopt;
    return OutsideCommit{load_le<uint64_t>(record.data() + 8)};
  }
};

}  // namespace wombat
