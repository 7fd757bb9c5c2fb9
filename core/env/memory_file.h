/// The bytes of one file in memory, and the handles that write and read it; see memory_file_system.h.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "env/file_system.h"

namespace wombat {

/// Written by one thread at a time, read by any number meanwhile.
class MemoryFile {
 public:
  /// `total` counts the bytes of all files.
  explicit MemoryFile(std::shared_ptr<std::atomic<uint64_t>> total) : total_(std::move(total)) {}
  ~MemoryFile() { total_->fetch_sub(size(), std::memory_order_relaxed); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  uint64_t size() const { return size_.load(std::memory_order_acquire); }
  /// Fewer than `size` bytes only at the end.
  size_t read(uint64_t offset, size_t size, char* out) const;

  // For the writer.
  /// What lies between the end and `offset` becomes zero. Throws std::bad_alloc; the file is then as it was.
  void write(uint64_t offset, Bytes bytes);
  /// Where `size` bytes at the end will be, or null when they do not lie together. Throws std::bad_alloc.
  char* space_at_end(size_t size);
  /// That many bytes have been stored there.
  void grow(size_t size);
  /// Nothing is written any more.
  void seal() { is_sealed_.store(true, std::memory_order_release); }

 private:
  static constexpr size_t kChunkSize = size_t{256} << 10;
  void reserve(uint64_t end);
  void copy_in(uint64_t offset, Bytes bytes);
  void fill_zeros(uint64_t from, uint64_t to);
  size_t copy_out(uint64_t offset, size_t size, char* out) const;

  const std::shared_ptr<std::atomic<uint64_t>> total_;
  std::atomic<uint64_t> size_{0};
  std::atomic<bool> is_sealed_{false};
  mutable std::shared_mutex mutex_;              // until it is sealed
  std::vector<std::unique_ptr<char[]>> chunks_;  // guarded by mutex_, as are bytes below size_
};

std::unique_ptr<WritableFile> make_memory_writable_file(std::shared_ptr<MemoryFile> file, std::string path);
std::unique_ptr<ReadableFile> make_memory_readable_file(std::shared_ptr<const MemoryFile> file);

}  // namespace wombat
