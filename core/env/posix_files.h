/// The files of posix_file_system().
#pragma once

#include <memory>
#include <string>

#include "env/file_system.h"
#include "env/posix_descriptor.h"

namespace wombat {

/// `path` is for messages.
std::unique_ptr<WritableFile> make_posix_writable_file(Descriptor descriptor, std::string path);
std::unique_ptr<ReadableFile> make_posix_readable_file(Descriptor descriptor, std::string path);

}  // namespace wombat
