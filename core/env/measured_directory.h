/// A directory that knows how many bytes its files take, of each kind, without asking the operating system again.
///
/// Files that are made through it are followed as they grow, at the cost of one store for each append. Those that were
/// there before are learnt by learn_all(). A file counts in whole blocks, and a log with the zeros that may stand behind
/// its end (see WritableFile::expect_small_appends()), so that the sum is never below what the files take.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "env/file_names.h"
#include "env/file_system.h"

namespace wombat {

/// Bytes of files by kind.
struct FileBytes {
  uint64_t tables = 0;
  uint64_t values = 0;
  uint64_t logs = 0;
  uint64_t others = 0;  // manifests, CURRENT, LOCK, and whatever else lies there
  uint64_t total() const { return tables + values + logs + others; }
};

/// Any thread.
class MeasuredDirectory final : public Directory {
 public:
  explicit MeasuredDirectory(std::unique_ptr<Directory> base) : base_(std::move(base)) {}

  /// What a file of `size` bytes counts as.
  static uint64_t in_blocks(uint64_t size) { return (size + kBlockSize - 1) / kBlockSize * kBlockSize; }

  /// Looks at all files of the directory that are not known yet. Fails when the directory cannot be listed.
  Status learn_all();
  /// Of the files that are known.
  FileBytes bytes() const;

  const std::string& path() const override { return base_->path(); }
  std::string identity() override { return base_->identity(); }
  Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) override {
    return create(name, &Directory::create_file);
  }
  Result<std::unique_ptr<WritableFile>> create_cold_file(const std::string& name) override {
    return create(name, &Directory::create_cold_file);
  }
  Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) override {
    return base_->open_file(name);
  }
  Result<std::unique_ptr<ReadableFile>> open_file_as(const std::string& name, ReadMode mode) override {
    return base_->open_file_as(name, mode);
  }
  Status check_direct_reads() override { return base_->check_direct_reads(); }
  Status rename_file(const std::string& from, const std::string& to) override;
  Status remove_file(const std::string& name) override;
  Result<std::vector<std::string>> list() override { return base_->list(); }
  Result<uint64_t> file_size(const std::string& name) override { return base_->file_size(name); }
  Status sync() override { return base_->sync(); }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) override { return base_->lock(name); }
  Result<uint64_t> free_space() override { return base_->free_space(); }

  /// What a file that grows tells of itself.
  struct Growth {
    std::atomic<uint64_t> size{0};
    std::atomic<bool> reserves{false};  // zeros may stand behind its end
    std::atomic<bool> is_open{true};
  };

 private:
  static constexpr uint64_t kBlockSize = 4096;
  struct Entry {
    uint64_t bytes = 0;              // in whole blocks, of a file that no longer grows
    std::shared_ptr<Growth> growth;  // or null
  };
  using Maker = Result<std::unique_ptr<WritableFile>> (Directory::*)(const std::string& name);
  Result<std::unique_ptr<WritableFile>> create(const std::string& name, Maker maker);
  static uint64_t bytes_of(const Entry& entry);
  static uint64_t& part_of(FileBytes& bytes, std::string_view name);
  void forget(const std::string& name);  // needs mutex_

  const std::unique_ptr<Directory> base_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> files_;  // guarded by mutex_
  // Both guarded by mutex_. Whoever asks notices that a file no longer grows.
  mutable FileBytes settled_;                                   // of files that do not grow
  mutable std::map<std::string, Entry*, std::less<>> growing_;  // those of files_ that do, or did
};

}  // namespace wombat
