/// Keeps the number of open descriptors of a database within a limit: files open on first use, and those that
/// were not read for longest are closed and reopened when they are read again.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "env/file_system.h"

namespace wombat {

/// Any thread. Outlives the files it hands out.
class DescriptorCache {
 public:
  /// `directory` outlives the cache.
  DescriptorCache(Directory& directory, size_t limit) noexcept : directory_(directory), limit_(limit) {}
  DescriptorCache(const DescriptorCache&) = delete;
  DescriptorCache& operator=(const DescriptorCache&) = delete;
  ~DescriptorCache();

  /// A file that is opened when it is first read: an absent file shows only then. The name must keep denoting
  /// the same bytes as long as the file is in use.
  std::unique_ptr<ReadableFile> open(const std::string& name, ReadMode mode = ReadMode::kBuffered);

  /// Surplus descriptors are closed at once, those in use when their reads have ended.
  void set_limit(size_t limit) noexcept;
  size_t limit() const noexcept;
  /// Descriptors open now. More than the limit only while so many reads are under way at the same time.
  size_t open_count() const noexcept;

 private:
  class File;

  /// Pointers of a list in order of use; the cache's own node is both ends.
  struct Node {
    Node* previous = this;
    Node* next = this;
    void insert_after(Node* position) noexcept;
    void remove() noexcept;
  };

  /// Keeps the descriptor of `file` open until unpin, opening it when it is closed.
  Status pin(File& file);
  void unpin(File& file) noexcept;
  void forget(File& file) noexcept;
  Status open_and_pin(File& file);
  Result<std::unique_ptr<ReadableFile>> open_descriptor(const std::string& name, ReadMode mode);
  void close_surplus() noexcept;
  /// Takes the least recently used idle descriptor out of the cache; null when all are in use. Needs mutex_.
  std::unique_ptr<ReadableFile> take_oldest() noexcept;

  Directory& directory_;
  mutable std::mutex mutex_;  // held for pointer work only, never while a file is opened, read or closed
  size_t limit_;              // guarded by mutex_
  size_t open_count_ = 0;     // guarded by mutex_
  Node idle_;                 // guarded by mutex_; open files that are not being read, latest use first
};

}  // namespace wombat
