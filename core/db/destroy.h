/// Removal of a database.
#pragma once

#include <string>

#include "base/status.h"
#include "env/file_system.h"

namespace wombat {

/// Removes the files in `path` that have names of Wombat's grammar, CURRENT first, so that a removal that is
/// cut short leaves no database that opens; then the directory when it is empty. Foreign files stay.
Status destroy_database(FileSystem& file_system, const std::string& path);

}  // namespace wombat
