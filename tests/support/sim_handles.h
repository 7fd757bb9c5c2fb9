/// The handles that SimFileSystem gives out.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "env/file_system.h"
#include "support/sim_disk.h"
#include "support/unsynced_loss.h"

namespace wombat {

class SimWritableFile : public WritableFile, public UnsyncedLoss {
 public:
  /// With the disk's mutex held.
  SimWritableFile(std::shared_ptr<SimDisk> disk, std::shared_ptr<SimFile> file, std::string name);
  ~SimWritableFile() override;

  Status append(Bytes bytes) override;
  Status write_at(uint64_t offset, Bytes bytes) override;
  Status sync() override;
  Status close() override;
  uint64_t size() const override { return appended_size_; }
  /// From a size of kSectorSize on, the file is then kept longer than size() by up to two sectors, where the
  /// space limit allows it.
  void expect_small_appends() override { reserves_ = true; }
  /// Where the space is reserved.
  char* append_space(size_t size) override;
  void note_appended(size_t size) override;
  void lose_unsynced() override;

 private:
  Status write(uint64_t offset, Bytes bytes);
  void reserve();

  std::shared_ptr<SimDisk> disk_;
  std::shared_ptr<SimFile> file_;
  std::string name_;
  uint64_t appended_size_ = 0;
  bool reserves_ = false;
  std::string space_;  // what append_space() gave out
  bool is_open_ = true;
};

class SimReadableFile : public ReadableFile {
 public:
  /// With the disk's mutex held.
  SimReadableFile(std::shared_ptr<SimDisk> disk, std::shared_ptr<SimFile> file);
  ~SimReadableFile() override;

  Result<size_t> read_at(uint64_t offset, size_t size, char* out) const override;
  Result<uint64_t> size() const override;
  void advise(AccessPattern) const override {}

 private:
  std::shared_ptr<SimDisk> disk_;
  std::shared_ptr<SimFile> file_;
};

class SimDirectoryLock : public DirectoryLock {
 public:
  /// With the disk's mutex held.
  SimDirectoryLock(std::shared_ptr<SimDisk> disk, std::shared_ptr<SimFile> file);
  ~SimDirectoryLock() override;

 private:
  std::shared_ptr<SimDisk> disk_;
  std::shared_ptr<SimFile> file_;
};

class SimDirectory : public Directory, public UnsyncedLoss {
 public:
  SimDirectory(std::shared_ptr<SimDisk> disk, std::shared_ptr<SimDirectoryState> state);
  ~SimDirectory() override;

  const std::string& path() const override { return state_->path; }
  Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) override;
  Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) override;
  Status rename_file(const std::string& from, const std::string& to) override;
  Status remove_file(const std::string& name) override;
  Result<std::vector<std::string>> list() override;
  Result<uint64_t> file_size(const std::string& name) override;
  Status sync() override;
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) override;
  Result<uint64_t> free_space() override;
  void lose_unsynced() override;

 private:
  /// Null with the reason in `status` when `name` is no regular file here.
  std::shared_ptr<SimFile> find(const std::string& name, Status* status) const;
  Status removed() const;

  std::shared_ptr<SimDisk> disk_;
  std::shared_ptr<SimDirectoryState> state_;
};

}  // namespace wombat
