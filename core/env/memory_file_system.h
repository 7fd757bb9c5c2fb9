/// Files that are memory of this process: for databases that nobody keeps (tests, caches). Nothing of it outlives the
/// object and its handles; sync promises nothing beyond that.
///
/// A file takes memory in chunks as it grows and gives it back when it has lost its name and its last handle. A file
/// whose writer has closed it is read without a lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "env/file_system.h"

namespace wombat {

struct MemoryDirectoryState;

/// Any thread. Handles may outlive it.
class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;
  MemoryFileSystem(const MemoryFileSystem&) = delete;
  MemoryFileSystem& operator=(const MemoryFileSystem&) = delete;

  /// Any path but the empty one can be created; there are no parents.
  Result<std::unique_ptr<Directory>> open_directory(const std::string& path, DirectoryMode mode) override;
  Status remove_directory(const std::string& path) override;

  /// Of all files that have a name or are open: their sizes.
  uint64_t bytes_used() const { return bytes_used_->load(std::memory_order_relaxed); }

 private:
  const std::shared_ptr<std::atomic<uint64_t>> bytes_used_;  // shared with the files
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<MemoryDirectoryState>> directories_;  // guarded by mutex_
};

}  // namespace wombat
