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
/// What direct reads of the file have to be aligned to; 0: it cannot be read directly.
uint32_t direct_alignment_of(const Descriptor& descriptor);

}  // namespace wombat
