#include "version/side_directory.h"

#include <utility>

namespace wombat {

void encode_side_directory(const SideDirectory& side, std::string* out) {
  append_le<uint64_t>(out, side.id);
  out->append(side.path);
}

const char* decode_side_directory(Cursor* cursor, std::vector<SideDirectory>* sides) {
  SideDirectory side;
  side.id = cursor->fixed<uint64_t>();
  if (!cursor->ok()) return nullptr;
  if (cursor->remaining() == 0 || cursor->remaining() > kSidePathSizeMax)
    return "directory with an impossible path";
  side.path = std::string(cursor->bytes(cursor->remaining()));
  if (side.path.find('\0') != std::string::npos) return "directory with an impossible path";
  if (side.id == 0) return "directory without an id";
  if (sides->size() == kSideDirectoriesMax) return "directory too many";
  for (const SideDirectory& other : *sides)
    if (other.id == side.id || other.path == side.path) return "directory that occurs twice";
  sides->push_back(std::move(side));
  return nullptr;
}

}  // namespace wombat
