/// The directories in which files of a database lie besides its own, as the manifest lists them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/coding.h"

namespace wombat {

inline constexpr size_t kSidePathSizeMax = 4096;
inline constexpr size_t kSideDirectoriesMax = 256;

/// A directory besides the database's own in which files of it may lie.
struct SideDirectory {
  uint64_t id = 0;   // drawn at random; the file OWNER there has the same
  std::string path;  // as the option gave it: if relative, from the database's own directory
  bool operator==(const SideDirectory& other) const = default;
};

/// The payload of its manifest field.
void encode_side_directory(const SideDirectory& side, std::string* out);
/// Reads one and appends it. Returns null, or a phrase that says what was found instead; what is cut short shows in
/// `cursor`.
const char* decode_side_directory(Cursor* cursor, std::vector<SideDirectory>* sides);

}  // namespace wombat
