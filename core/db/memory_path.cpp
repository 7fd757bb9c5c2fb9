#include "db/memory_path.h"

#include "env/memory_file_system.h"

namespace wombat {

Status check_memory_open(std::string_view path, const Options& options) {
  if (path != kMemoryPath) {
    return Status::invalid_argument("a database in memory has no name: '" + escape_bytes(path) +
                                    "' begins with " + std::string(kMemoryPath) +
                                    "; for a directory of that name put ./ in front");
  }
  if (options.flag(OptionId::kOpenReadOnly)) {
    return Status::invalid_argument(std::string(kMemoryPath) +
                                    " is always a new database: there is nothing to read in it");
  }
  if (!options.flag(OptionId::kOpenCreateIfMissing)) {
    return Status(Code::kDoesNotExist,
                  std::string(kMemoryPath) + " is always a new database, and this open may not create one");
  }
  return Status::ok();
}

Environment in_memory(const Environment& environment) {
  Environment own = environment;
  own.own_file_system = std::make_shared<MemoryFileSystem>();
  own.file_system = own.own_file_system.get();
  return own;
}

}  // namespace wombat
