/// A file system that calls a function while a file is synced, for tests of what happens meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "env/file_system.h"

namespace wombat {

using SyncHook = std::function<void(const std::string& name)>;

class SyncHookFile : public WritableFile {
 public:
  SyncHookFile(std::unique_ptr<WritableFile> base, const SyncHook& hook, std::string name)
      : base_(std::move(base)), hook_(hook), name_(std::move(name)) {}

  Status append(Bytes bytes) override { return base_->append(bytes); }
  Status write_at(uint64_t offset, Bytes bytes) override { return base_->write_at(offset, bytes); }
  Status sync() override {
    if (hook_) hook_(name_);
    return base_->sync();
  }
  Status close() override { return base_->close(); }
  uint64_t size() const override { return base_->size(); }

 private:
  std::unique_ptr<WritableFile> base_;
  const SyncHook& hook_;
  const std::string name_;
};

class SyncHookDirectory : public Directory {
 public:
  SyncHookDirectory(std::unique_ptr<Directory> base, const SyncHook& hook)
      : base_(std::move(base)), hook_(hook) {}

  const std::string& path() const override { return base_->path(); }
  Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) override {
    WOMBAT_ASSIGN(std::unique_ptr<WritableFile> file, base_->create_file(name));
    return std::unique_ptr<WritableFile>(std::make_unique<SyncHookFile>(std::move(file), hook_, name));
  }
  Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) override {
    return base_->open_file(name);
  }
  Status rename_file(const std::string& from, const std::string& to) override {
    return base_->rename_file(from, to);
  }
  Status remove_file(const std::string& name) override { return base_->remove_file(name); }
  Result<std::vector<std::string>> list() override { return base_->list(); }
  Result<uint64_t> file_size(const std::string& name) override { return base_->file_size(name); }
  Status sync() override { return base_->sync(); }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) override { return base_->lock(name); }
  Result<uint64_t> free_space() override { return base_->free_space(); }

 private:
  std::unique_ptr<Directory> base_;
  const SyncHook& hook_;
};

class SyncHookFileSystem : public FileSystem {
 public:
  /// Both are borrowed. The function may be another one for each sync; an empty one is not called.
  SyncHookFileSystem(FileSystem* base, const SyncHook& hook) : base_(base), hook_(hook) {}

  Result<std::unique_ptr<Directory>> open_directory(const std::string& path, DirectoryMode mode) override {
    WOMBAT_ASSIGN(std::unique_ptr<Directory> directory, base_->open_directory(path, mode));
    return std::unique_ptr<Directory>(std::make_unique<SyncHookDirectory>(std::move(directory), hook_));
  }
  Status remove_directory(const std::string& path) override { return base_->remove_directory(path); }

 private:
  FileSystem* const base_;
  const SyncHook& hook_;
};

}  // namespace wombat
