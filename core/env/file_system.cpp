#include "env/file_system.h"

#include <string>

namespace wombat {

Status read_exactly(const ReadableFile& file, Bytes name, uint64_t offset, size_t size, char* out) {
  WOMBAT_ASSIGN(const size_t got, file.read_at(offset, size, out));
  if (got == size) return Status::ok();
  return Status::corruption_at(name, offset, std::to_string(size) + " bytes",
                               "the end of the file after " + std::to_string(got));
}

}  // namespace wombat
