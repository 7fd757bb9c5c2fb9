/// The directory that a bulk load keeps its files in, and nobody else's.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace wombat::cli {

/// Any thread.
class BulkFiles {
 public:
  /// Makes a directory in `parent`. Throws Failure.
  explicit BulkFiles(const std::string& parent);
  /// Removes it with all that is in it.
  ~BulkFiles();
  BulkFiles(const BulkFiles&) = delete;
  BulkFiles& operator=(const BulkFiles&) = delete;

  /// A path that was never given before.
  std::string new_path(const char* kind) {
    return path_ + "/" + kind + "-" + std::to_string(count_.fetch_add(1) + 1);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::atomic<uint64_t> count_{0};
};

/// Where a load into `db` has its files when it is not told: on the same file system.
std::string bulk_parent_of(const std::string& db);

}  // namespace wombat::cli
