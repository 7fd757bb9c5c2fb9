/// Names of the files in a database directory. Only names of this grammar are ever touched.
///   LOCK, CURRENT, CURRENT.tmp, NNNNNN.manifest, NNNNNN.log, NNNNNN.table, NNNNNN.values; in a directory beside it LOCK,
///   OWNER, OWNER.tmp, NNNNNN.table, NNNNNN.values
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"

namespace wombat {

enum class FileKind : uint8_t {
  kCurrent = 1,
  kManifest = 2,
  kLog = 3,
  kTable = 4,
  kValueLog = 5,
  kBatch = 6,
  kOwner = 7
};

struct FileName {
  FileKind kind;
  uint64_t number;
  auto operator<=>(const FileName&) const = default;
};

inline constexpr char kLockFileName[] = "LOCK";
inline constexpr char kCurrentFileName[] = "CURRENT";
inline constexpr char kCurrentTempFileName[] = "CURRENT.tmp";
inline constexpr char kOwnerFileName[] = "OWNER";
inline constexpr char kOwnerTempFileName[] = "OWNER.tmp";

/// At least six decimal digits, then the ending of the kind.
std::string file_name(FileKind kind, uint64_t number);
/// The numbered file that `name` denotes; nothing for LOCK, CURRENT and foreign names.
std::optional<FileName> parse_file_name(Bytes name);

}  // namespace wombat
