/// What must hold before space behind the end of a file is reserved. For the posix_*.cpp files and their helpers.
#pragma once

#include <cstdint>

namespace wombat {

/// True on file systems that write allocated space in place, so that writing a page again needs no new space.
bool writes_in_place(int descriptor);

/// Beyond this limit the kernel answers with a signal.
bool exceeds_file_size_limit(uint64_t size);

}  // namespace wombat
