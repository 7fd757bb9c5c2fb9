/// Records of the write-ahead log besides batches (kv/write_batch.h). docs/file_formats.md has the byte
/// table.
///
/// Link, the first record of every log: type u8 (2) | reserved u8 x 7 (0) | previous log's number u64 (0:
/// none) | its size u64: whatever it holds behind that was never acknowledged | last commit timestamp before
/// this log u64.
#pragma once

#include <optional>
#include <string>

#include "base/coding.h"
#include "base/result.h"
#include "kv/entry.h"
#include "kv/write_batch.h"

namespace wombat {

struct LogLink {
  static constexpr size_t kSize = 32;
  uint64_t previous_number = 0;
  uint64_t previous_size = 0;
  Timestamp last_timestamp = 0;

  std::string encode() const {
    std::string out(8, '\0');
    out[0] = static_cast<char>(LogRecordType::kLink);
    append_le<uint64_t>(&out, previous_number);
    append_le<uint64_t>(&out, previous_size);
    append_le<uint64_t>(&out, last_timestamp);
    return out;
  }
  static bool is_link(Bytes record) {
    return !record.empty() && record[0] == static_cast<char>(LogRecordType::kLink);
  }
  /// Nothing when `record` is no well-formed link.
  static std::optional<LogLink> decode(Bytes record) {
    if (record.size() != kSize || !is_link(record)) return std::nullopt;
    LogLink link;
    link.previous_number = load_le<uint64_t>(record.data() + 8);
    link.previous_size = load_le<uint64_t>(record.data() + 16);
    link.last_timestamp = load_le<uint64_t>(record.data() + 24);
    return link;
  }
};

}  // namespace wombat
