/// Several reads of one or more files, issued together: through a queue of the kernel where there is one, else one after
/// the other in the order in which they lie. What lies next to each other in a file that has a descriptor (hold()) is read
/// at once; of other files, which may be anything, each read is one call of read_at.
#pragma once

#include <cstddef>
#include <cstdint>

#include "env/file_system.h"
#include "env/read_rings.h"

namespace wombat {

/// A read and what became of it, as of ReadableFile::read_at.
struct FileRead {
  const ReadableFile* file = nullptr;
  uint64_t offset = 0;
  size_t size = 0;
  char* out = nullptr;
  size_t size_read = 0;  // less than `size` at the end of the file only
  Status status;
};

/// `rings` may be null. What the page cache has goes through no queue. What a queue does not read in full is read again by
/// the file itself, and so is, read by read, what was read at once and failed or came short: a failure is the one that
/// read_at has for that very read, so that a bad place in a file fails only the reads that need it.
/// Throws std::bad_alloc before anything is read.
void read_together(ReadRings* rings, FileRead* reads, size_t count);

}  // namespace wombat
