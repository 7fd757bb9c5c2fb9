/// A file system in memory that knows what a power loss would leave behind. Deterministic; any thread.
///
/// Durability is exactly what env/file_system.h promises and no more: WritableFile::sync makes bytes and size
/// durable, Directory::sync makes names durable, everything else is up to CrashPolicy. Two exceptions, both
/// for whole directories: creating and removing a directory is durable at once (so file_system.h says of
/// creation). Parent directories are not modelled: any path can be created.
///
/// Handles may outlive the file system. Its own allocations are exempt from the fault allocator.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "env/file_system.h"
#include "support/sim_disk.h"

namespace wombat {

class SimFileSystem : public FileSystem {
 public:
  SimFileSystem();
  ~SimFileSystem() override;

  Result<std::unique_ptr<Directory>> open_directory(const std::string& path, DirectoryMode mode) override;
  Status remove_directory(const std::string& path) override;

  /// What a crash at this moment may leave, as a file system of its own: everything in it is durable, no
  /// handle is open, nothing is locked, the space limit is the same. `seed` matters for kRandom only. Usable
  /// at any time, also while other threads work on this one.
  std::unique_ptr<SimFileSystem> crash_clone(uint64_t seed, CrashPolicy policy) const;

  /// Bound for bytes_used(); kNoSpaceLimit to lift it. A write that does not fit takes effect as far as it
  /// fits and fails with kNoSpace (ENOSPC). Names take no space.
  void set_space_limit(uint64_t bytes);
  /// Sizes of all files that have a name or are open.
  uint64_t bytes_used() const;

  /// The following work behind the back of the code under test, durably and at once. `path` is the directory.

  /// Hands content and offset to `mutator`, which may change or resize it. Returns false when there is no
  /// such file or `offset` lies beyond its end.
  using Mutator = std::function<void(std::string* content, uint64_t offset)>;
  bool corrupt(const std::string& path, const std::string& file, uint64_t offset, const Mutator& mutator);
  std::optional<std::string> read_file(const std::string& path, const std::string& file) const;
  /// Creates or replaces the file, and the directory when it is missing.
  void write_file(const std::string& path, const std::string& file, Bytes content);
  /// Returns false when there is no such file.
  bool delete_file(const std::string& path, const std::string& file);
  /// Sorted; empty when the directory is missing.
  std::vector<std::string> list_files(const std::string& path) const;

 private:
  std::shared_ptr<SimDisk> disk_;
};

}  // namespace wombat
