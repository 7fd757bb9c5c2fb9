/// The end of a growing file, mapped into memory: a small append is a copy instead of a system call, and is as
/// safe from the death of the process as a write (it lies in the kernel's cache of the file). Measured on ext4:
/// 860 ns for a pwrite of 150 bytes, 50 ns for a copy, reserving included.
///
/// A store into a mapping cannot return an error, so nothing is mapped that could fail later: zeros are written
/// and their pages made writable before the first byte is copied, and only on file systems that write such space in
/// place. Wherever that does not hold, append() declines and the caller writes.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace wombat {

/// Not thread-safe.
class MappedTail {
 public:
  /// The descriptor stays the caller's and must outlive this; it must be open for reading and writing.
  explicit MappedTail(int descriptor) : descriptor_(descriptor) {}
  MappedTail(const MappedTail&) = delete;
  MappedTail& operator=(const MappedTail&) = delete;
  ~MappedTail();

  /// Where the next `size` bytes go that begin at `offset`, the end of what was written so far. Null when the caller
  /// is to write them itself: what is appended is large, or synced often, or the file cannot be mapped.
  char* space_at(uint64_t offset, size_t size) {
    if ((size > usable_end_ || offset > usable_end_ - size) && !extend(offset, size)) return nullptr;
    return window_ + (offset - window_start_);
  }
  /// Everything below `offset` was made durable.
  void note_sync(uint64_t offset) { synced_end_ = offset; }
  /// Where the file ends because of what was reserved; 0 when nothing was.
  uint64_t reserved_end() const { return reserved_end_; }
  void unmap();

 private:
  bool extend(uint64_t offset, size_t size);
  bool map_window(uint64_t offset);
  bool make_writable(uint64_t offset, uint64_t end);

  const int descriptor_;
  bool is_refused_ = false;  // for good
  char* window_ = nullptr;
  uint64_t window_start_ = 0;
  uint64_t window_end_ = 0;  // window_start_ when there is no window
  uint64_t usable_end_ = 0;  // pages below are in memory and writable; 0 when there is no window
  uint64_t reserved_end_ = 0;
  uint64_t synced_end_ = 0;
};

}  // namespace wombat
