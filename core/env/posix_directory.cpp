#include "env/posix_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "env/direct_file.h"
#include "env/posix_files.h"
#include "env/posix_lock.h"

namespace wombat {

namespace {

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  const std::string& path() const override { return path_; }

  std::string identity() override {
    struct stat facts;
    if (::fstat(descriptor_.number(), &facts) != 0) return path_;
    return std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
  }

  Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) override {
    std::string file_path = path_of(name);
    Descriptor file = open_at(name, O_RDWR | O_CREAT | O_EXCL);
    if (!file.is_open()) return file_error(errno, "create", file_path);
    return make_posix_writable_file(std::move(file), std::move(file_path));
  }

  Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) override {
    return open_file_as(name, ReadMode::kBuffered);
  }

  Result<std::unique_ptr<ReadableFile>> open_file_as(const std::string& name, ReadMode mode) override {
    std::string file_path = path_of(name);
    const bool is_direct = mode == ReadMode::kDirect;
    // O_NONBLOCK: opening a pipe that somebody put here must not wait for a writer.
    Descriptor file = open_at(name, O_RDONLY | O_NONBLOCK | (is_direct ? O_DIRECT : 0));
    if (!file.is_open() && is_direct && errno == EINVAL) return no_direct_reads();
    if (!file.is_open()) return file_error(errno, "open", file_path);
    struct stat facts;
    if (::fstat(file.number(), &facts) != 0) return file_error(errno, "stat", file_path);
    if (!S_ISREG(facts.st_mode)) return Status::corruption(file_path + " is not a regular file");
    if (!is_direct) return make_posix_readable_file(std::move(file), std::move(file_path));
    const uint32_t alignment = direct_alignment_of(file);
    if (alignment == 0) return no_direct_reads();
    return make_direct_file(make_posix_readable_file(std::move(file), std::move(file_path)), alignment);
  }

  Status check_direct_reads() override {
    // A file without a name: nothing is left behind. Where that is not possible the first file that is opened tells.
    const Descriptor probe = open_at(".", O_TMPFILE | O_RDWR | O_DIRECT);
    if (!probe.is_open()) return errno == EINVAL ? no_direct_reads() : Status::ok();
    return direct_alignment_of(probe) == 0 ? no_direct_reads() : Status::ok();
  }

  Status rename_file(const std::string& from, const std::string& to) override {
    if (::renameat(descriptor_.number(), from.c_str(), descriptor_.number(), to.c_str()) == 0)
      return Status::ok();
    return error(errno, "rename", from);
  }

  Status remove_file(const std::string& name) override {
    if (::unlinkat(descriptor_.number(), name.c_str(), 0) == 0) return Status::ok();
    return error(errno, "remove", name);
  }

  Result<std::vector<std::string>> list() override {
    // A descriptor of its own: the position in the listing belongs to the open file, and others may list as
    // well.
    Descriptor again = open_at(".", O_RDONLY | O_DIRECTORY);
    if (!again.is_open()) return file_error(errno, "open", path_);
    std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(again.number()));
    if (stream == nullptr) return file_error(errno, "list", path_);
    again.release();
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* const entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    if (errno != 0) return file_error(errno, "list", path_);
    return names;
  }

  Result<uint64_t> file_size(const std::string& name) override {
    struct stat facts;
    if (::fstatat(descriptor_.number(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
      return error(errno, "stat", name);
    }
    return static_cast<uint64_t>(facts.st_size);
  }

  Status sync() override {
    if (retry_interrupted([&] { return ::fsync(descriptor_.number()); }) == 0) return Status::ok();
    return file_error(errno, "sync", path_);
  }

  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) override {
    return lock_posix_directory(descriptor_.number(), path_, name);
  }

  Result<uint64_t> free_space() override {
    struct statvfs facts;
    if (retry_interrupted([&] { return ::fstatvfs(descriptor_.number(), &facts); }) != 0) {
      return file_error(errno, "stat the file system of", path_);
    }
    return uint64_t{facts.f_bavail} * uint64_t{facts.f_frsize};
  }

 private:
  Status no_direct_reads() const {
    return Status::unsupported("io.direct: the file system of " + path_ +
                               " has no reads past the page cache (O_DIRECT)");
  }

  std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  /// Takes errno as an argument: making the path may change it.
  Status error(int os_error, std::string_view action, const std::string& name) const {
    return file_error(os_error, action, path_of(name));
  }

  Descriptor open_at(const std::string& name, int flags) const {
    return Descriptor(retry_interrupted(
        [&] { return ::openat(descriptor_.number(), name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600); }));
  }

  Descriptor descriptor_;
  std::string path_;
};

}  // namespace

std::unique_ptr<Directory> make_posix_directory(Descriptor descriptor, std::string path) {
  return std::make_unique<PosixDirectory>(std::move(descriptor), std::move(path));
}

}  // namespace wombat
