/// Gives a table to a database: the same bytes under another identity. Every checksum depends on that, so all of them
/// are compared and made anew on the way; nothing is decoded.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "env/file_header.h"
#include "env/file_system.h"

namespace wombat {

/// A table file as it was when TableReader::open() and verify() found it good.
struct TableSource {
  const ReadableFile& file;
  std::string name;  // for messages
  uint64_t file_size = 0;
  uint64_t digest = 0;
};

/// Writes the copy to `to`, which is new and empty, and syncs and closes it. `*digest` becomes that of the copy, which is
/// as large as the source. kCorruption when the source has changed since it was checked. `progress` is told the bytes
/// copied since the last call and may stop the work by failing.
Status copy_table(const TableSource& source, WritableFile& to, const FileHeader& identity,
                  const std::function<Status(uint64_t)>& progress, uint64_t* digest);

}  // namespace wombat
