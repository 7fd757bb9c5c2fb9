/// The records of a value file, for dump-file.
#pragma once

#include <string>

#include "dump_printer.h"
#include "env/file_header.h"
#include "env/file_system.h"

namespace wombat::cli {

/// Shows all records whose front is whole, damaged or not behind it, and says what is damaged. Behind a front that is not whole it goes
/// on at the next one that is. Returns how many places are damaged. Throws Failure when the file cannot be read.
uint64_t dump_values(Directory& directory, const std::string& name, const FileHeader& header,
                     DumpPrinter& printer);

}  // namespace wombat::cli
