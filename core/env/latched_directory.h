/// A directory that never forgets a failed sync.
///
/// An operating system reports that names could not be made durable once, to whoever syncs next, and then counts
/// them as written. With several threads that sync the same directory, one of them would be told about another's
/// names and its own would be lost in silence. So syncs happen one at a time, and after a failure none succeeds
/// any more.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "env/file_system.h"

namespace wombat {

/// Any thread.
class LatchedDirectory : public Directory {
 public:
  explicit LatchedDirectory(std::unique_ptr<Directory> base) : base_(std::move(base)) {}

  /// Tables and value files that are created from now on leave the page cache when they are durable. Before other
  /// threads use the directory.
  void leave_page_cache() { leaves_page_cache_ = true; }
  /// The sync that failed; OK while none did.
  Status failure() const;

  const std::string& path() const override { return base_->path(); }
  std::string identity() override { return base_->identity(); }
  Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) override {
    return prepared(name, base_->create_file(name));
  }
  Result<std::unique_ptr<WritableFile>> create_cold_file(const std::string& name) override {
    return prepared(name, base_->create_cold_file(name));
  }
  Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) override {
    return base_->open_file(name);
  }
  Result<std::unique_ptr<ReadableFile>> open_file_as(const std::string& name, ReadMode mode) override {
    return base_->open_file_as(name, mode);
  }
  Status check_direct_reads() override { return base_->check_direct_reads(); }
  Status rename_file(const std::string& from, const std::string& to) override {
    return base_->rename_file(from, to);
  }
  Status remove_file(const std::string& name) override { return base_->remove_file(name); }
  Result<std::vector<std::string>> list() override { return base_->list(); }
  Result<uint64_t> file_size(const std::string& name) override { return base_->file_size(name); }
  Status sync() override;
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) override { return base_->lock(name); }
  Result<uint64_t> free_space() override { return base_->free_space(); }

 private:
  using NewFile = Result<std::unique_ptr<WritableFile>>;
  NewFile prepared(const std::string& name, NewFile file) const;

  std::unique_ptr<Directory> base_;
  bool leaves_page_cache_ = false;
  std::mutex sync_mutex_;  // held during a sync; taken before failure_mutex_
  mutable std::mutex failure_mutex_;
  Status failure_;  // guarded by failure_mutex_
};

}  // namespace wombat
