/// The directory lock of posix_file_system().
#pragma once

#include <memory>
#include <string>

#include "env/file_system.h"

namespace wombat {

/// Locks the file `name` of the open directory `directory`. `path` is the directory's, for messages.
Result<std::unique_ptr<DirectoryLock>> lock_posix_directory(int directory, const std::string& path,
                                                            const std::string& name);

}  // namespace wombat
