/// The state behind SimFileSystem, shared by its handles so that they may outlive it: directories, their
/// entries now and after a power loss, and the space taken. Everything is guarded by `mutex`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "support/sim_file.h"

namespace wombat {

using SimEntries = std::map<std::string, std::shared_ptr<SimFile>>;

struct SimEntryChange {
  enum class Kind { kCreate, kRename, kRemove };
  Kind kind;
  std::shared_ptr<SimFile> file;
  std::string name;
  std::string new_name;  // kRename only
};

/// One directory.
struct SimDirectoryState {
  std::string path;
  SimEntries entries;
  SimEntries durable_entries;
  std::vector<SimEntryChange> unsynced;
  bool is_removed = false;

  void create(const std::string& name, std::shared_ptr<SimFile> file);
  void sync();
  /// Visible changes stay, but nothing unsynced so far will ever be durable.
  void lose_unsynced() { unsynced.clear(); }
  /// The entries after a crash.
  SimEntries after_crash(CrashPolicy policy, Random* random) const;
};

inline constexpr uint64_t kNoSpaceLimit = UINT64_MAX;

struct SimDisk {
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<SimDirectoryState>> directories;
  uint64_t space_limit = kNoSpaceLimit;
  uint64_t bytes_used = 0;

  uint64_t free_bytes() const;
  /// The file at `name` loses that name.
  void unlink(SimDirectoryState* directory, const std::string& name);
  void drop_handle(SimFile* file);
  /// Null when absent.
  std::shared_ptr<SimDirectoryState> find_directory(const std::string& path) const;
  std::shared_ptr<SimFile> find_file(const std::string& path, const std::string& name) const;
  bool has_subdirectory(const std::string& path, const std::string& name) const;
};

/// Without trailing slashes.
std::string normal_path(const std::string& path);

}  // namespace wombat
