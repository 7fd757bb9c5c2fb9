#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

#include "base/immortal.h"
#include "env/file_system.h"
#include "env/posix_descriptor.h"
#include "env/posix_directory.h"

namespace wombat {

namespace {

/// The directory that holds the entry of `path`.
std::string parent_of(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return path.substr(0, slash == 0 ? 1 : slash);
}

/// file_error for a whole directory, where absence has another meaning.
Status directory_error(int os_error, std::string_view action, const std::string& path) {
  const Status status = file_error(os_error, action, path);
  if (os_error == ENOENT) return Status(Code::kDoesNotExist, status.message(), os_error);
  if (os_error == ENOTDIR) return Status(Code::kNotADatabase, status.message(), os_error);
  return status;
}

Status check_path(const std::string& path) {
  if (path.empty()) return Status::invalid_argument("the path of the database is empty");
  if (path.find('\0') != std::string::npos) {
    return Status::invalid_argument("the path of the database contains a zero byte: " + escape_bytes(path));
  }
  return Status::ok();
}

/// The path itself may lead through links: it is the user's. Below it nothing may.
Descriptor open_directory_at(const std::string& path) {
  return Descriptor(
      retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
}

Status sync_directory_at(const std::string& path) {
  const Descriptor directory = open_directory_at(path);
  if (!directory.is_open()) return directory_error(errno, "open", path);
  if (retry_interrupted([&] { return ::fsync(directory.number()); }) == 0) return Status::ok();
  return directory_error(errno, "sync", path);
}

Status create_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return sync_directory_at(parent_of(path));
  if (errno != EEXIST) {
    const int os_error = errno;
    // On a read-only file system mkdir may say so without looking whether the directory is there.
    if (open_directory_at(path).is_open()) return Status::ok();
    return directory_error(os_error, "create", path);
  }
  // An earlier process may have died between creating and syncing. Whoever may not sync here did not create
  // it.
  static_cast<void>(sync_directory_at(parent_of(path)).is_ok());
  return Status::ok();
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<Directory>> open_directory(const std::string& path, DirectoryMode mode) override {
    WOMBAT_TRY(check_path(path));
    if (mode == DirectoryMode::kCreateIfMissing) WOMBAT_TRY(create_directory(path));
    Descriptor directory = open_directory_at(path);
    if (!directory.is_open()) return directory_error(errno, "open", path);
    return make_posix_directory(std::move(directory), path);
  }

  Status remove_directory(const std::string& path) override {
    WOMBAT_TRY(check_path(path));
    if (::rmdir(path.c_str()) == 0) return Status::ok();
    return directory_error(errno, "remove", path);
  }

  std::string absolute_path(const std::string& path) override {
    std::error_code failure;
    const std::filesystem::path absolute = std::filesystem::absolute(path, failure);
    return failure ? path : absolute.lexically_normal().string();
  }
};

}  // namespace

FileSystem& posix_file_system() { return immortal<PosixFileSystem>(); }

}  // namespace wombat
