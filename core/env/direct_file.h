/// A file that can be read only in whole, aligned blocks into aligned memory, as one that can be read anywhere.
#pragma once

#include <memory>
#include <new>

#include "env/file_system.h"

namespace wombat {

/// `base` takes reads whose offset, size and memory are multiples of `alignment`, a power of two, and gives what the file
/// has of them: its last block may be short.
std::unique_ptr<ReadableFile> make_direct_file(std::unique_ptr<ReadableFile> base, uint32_t alignment);

/// Uninitialised memory that begins at a multiple of `alignment`.
class AlignedMemory {
 public:
  AlignedMemory(size_t size, uint32_t alignment)
      : alignment_(std::align_val_t{alignment}),
        data_(static_cast<char*>(::operator new(size, alignment_))) {}
  AlignedMemory(const AlignedMemory&) = delete;
  AlignedMemory& operator=(const AlignedMemory&) = delete;
  ~AlignedMemory() { ::operator delete(data_, alignment_); }
  char* data() const { return data_; }

 private:
  const std::align_val_t alignment_;
  char* const data_;
};

}  // namespace wombat
