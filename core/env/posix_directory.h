/// The directories of posix_file_system().
#pragma once

#include <memory>
#include <string>

#include "env/file_system.h"
#include "env/posix_descriptor.h"

namespace wombat {

/// `descriptor` is of a directory; `path` is for messages.
std::unique_ptr<Directory> make_posix_directory(Descriptor descriptor, std::string path);

}  // namespace wombat
