#include "crash/lying_file_system.h"

#include <utility>

namespace wombat {

namespace {

bool is_meant(const std::string& ending, const std::string& name) {
  return !ending.empty() && name.ends_with(ending);
}

class LyingFile : public WritableFile {
 public:
  LyingFile(std::unique_ptr<WritableFile> base, const Lies& lies, const std::string& name)
      : base_(std::move(base)),
        skips_syncs_(is_meant(lies.file_syncs, name)),
        drops_appends_(is_meant(lies.appends, name)) {}

  /// Every third one writes zeros.
  Status append(Bytes bytes) override {
    if (drops_appends_ && ++append_count_ % 3 == 0) {
      const std::string zeros(bytes.size(), '\0');
      return base_->append(zeros);
    }
    return base_->append(bytes);
  }
  Status write_at(uint64_t offset, Bytes bytes) override { return base_->write_at(offset, bytes); }
  Status sync() override { return skips_syncs_ ? Status::ok() : base_->sync(); }
  Status close() override { return base_->close(); }
  uint64_t size() const override { return base_->size(); }
  void expect_small_appends() override { base_->expect_small_appends(); }

 private:
  std::unique_ptr<WritableFile> base_;
  const bool skips_syncs_;
  const bool drops_appends_;
  uint64_t append_count_ = 0;
};

class LyingDirectory : public Directory {
 public:
  LyingDirectory(std::unique_ptr<Directory> base, Lies lies)
      : base_(std::move(base)), lies_(std::move(lies)) {}

  const std::string& path() const override { return base_->path(); }
  Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) override {
    WOMBAT_ASSIGN(std::unique_ptr<WritableFile> file, base_->create_file(name));
    return std::unique_ptr<WritableFile>(std::make_unique<LyingFile>(std::move(file), lies_, name));
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
  Status sync() override { return lies_.directory_syncs ? Status::ok() : base_->sync(); }
  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) override { return base_->lock(name); }
  Result<uint64_t> free_space() override { return base_->free_space(); }

 private:
  std::unique_ptr<Directory> base_;
  const Lies lies_;
};

class LyingFileSystem : public FileSystem {
 public:
  LyingFileSystem(FileSystem* base, Lies lies) : base_(base), lies_(std::move(lies)) {}

  Result<std::unique_ptr<Directory>> open_directory(const std::string& path, DirectoryMode mode) override {
    WOMBAT_ASSIGN(std::unique_ptr<Directory> directory, base_->open_directory(path, mode));
    return std::unique_ptr<Directory>(std::make_unique<LyingDirectory>(std::move(directory), lies_));
  }
  Status remove_directory(const std::string& path) override { return base_->remove_directory(path); }

 private:
  FileSystem* const base_;
  const Lies lies_;
};

}  // namespace

std::unique_ptr<FileSystem> make_lying_file_system(FileSystem* base, Lies lies) {
  return std::make_unique<LyingFileSystem>(base, std::move(lies));
}

}  // namespace wombat
