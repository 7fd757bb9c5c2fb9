#include "env/memory_file_system.h"

#include <unistd.h>

#include <cerrno>
#include <set>
#include <utility>

#include "env/memory_file.h"

namespace wombat {

/// Shared by the file system and the handles of one directory.
struct MemoryDirectoryState {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<MemoryFile>> files;  // guarded by mutex
  std::set<std::string> locks;                               // guarded by mutex
  bool is_removed = false;                                   // guarded by mutex
};

namespace {

class MemoryDirectoryLock final : public DirectoryLock {
 public:
  MemoryDirectoryLock(std::shared_ptr<MemoryDirectoryState> state, std::string name)
      : state_(std::move(state)), name_(std::move(name)) {}
  ~MemoryDirectoryLock() override {
    const std::lock_guard lock(state_->mutex);
    state_->locks.erase(name_);
  }

 private:
  const std::shared_ptr<MemoryDirectoryState> state_;
  const std::string name_;
};

class MemoryDirectory final : public Directory {
 public:
  MemoryDirectory(std::shared_ptr<MemoryDirectoryState> state, std::string path,
                  std::shared_ptr<std::atomic<uint64_t>> bytes_used)
      : state_(std::move(state)), path_(std::move(path)), bytes_used_(std::move(bytes_used)) {}

  const std::string& path() const override { return path_; }

  Result<std::unique_ptr<WritableFile>> create_file(const std::string& name) override {
    auto file = std::make_shared<MemoryFile>(bytes_used_);
    const std::lock_guard lock(state_->mutex);
    if (state_->is_removed) return error(ENOENT, "create", name);
    if (!state_->files.emplace(name, file).second) {
      return Status(Code::kAlreadyExists, path_of(name) + ": exists already", EEXIST);
    }
    return make_memory_writable_file(std::move(file), path_of(name));
  }

  Result<std::unique_ptr<ReadableFile>> open_file(const std::string& name) override {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->files.find(name);
    if (found == state_->files.end()) return error(ENOENT, "open", name);
    return make_memory_readable_file(found->second);
  }

  Status rename_file(const std::string& from, const std::string& to) override {
    std::shared_ptr<MemoryFile> replaced;  // freed outside of the lock
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->files.find(from);
    if (found == state_->files.end()) return error(ENOENT, "rename", from);
    if (from == to) return Status::ok();
    replaced = std::exchange(state_->files[to], found->second);
    state_->files.erase(from);
    return Status::ok();
  }

  Status remove_file(const std::string& name) override {
    std::shared_ptr<MemoryFile> removed;
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->files.find(name);
    if (found == state_->files.end()) return error(ENOENT, "remove", name);
    removed = std::move(found->second);
    state_->files.erase(found);
    return Status::ok();
  }

  Result<std::vector<std::string>> list() override {
    const std::lock_guard lock(state_->mutex);
    std::vector<std::string> names;
    for (const auto& [name, file] : state_->files) names.push_back(name);
    return names;
  }

  Result<uint64_t> file_size(const std::string& name) override {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->files.find(name);
    if (found == state_->files.end()) return error(ENOENT, "stat", name);
    return found->second->size();
  }

  Status sync() override { return Status::ok(); }

  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& name) override {
    const std::lock_guard guard(state_->mutex);
    if (state_->is_removed) return error(ENOENT, "lock", name);
    if (!state_->locks.insert(name).second)
      return Status(Code::kLocked, path_ + " is open in this process already");
    if (auto& file = state_->files[name]; file == nullptr) file = std::make_shared<MemoryFile>(bytes_used_);
    return std::unique_ptr<DirectoryLock>(std::make_unique<MemoryDirectoryLock>(state_, name));
  }

  /// Memory that the operating system has to give at this moment.
  Result<uint64_t> free_space() override {
    const long pages = ::sysconf(_SC_AVPHYS_PAGES);
    const long page_size = ::sysconf(_SC_PAGESIZE);
    if (pages < 0 || page_size < 0) return Status::unsupported("the free memory is not known");
    return static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_size);
  }

 private:
  std::string path_of(const std::string& name) const { return path_ + "/" + name; }
  /// Those of a file that is absent.
  Status error(int os_error, std::string_view action, const std::string& name) const {
    const Status status = Status::from_errno(os_error, action, path_of(name));
    return Status(Code::kMissingFile, status.message(), os_error);
  }

  const std::shared_ptr<MemoryDirectoryState> state_;
  const std::string path_;
  const std::shared_ptr<std::atomic<uint64_t>> bytes_used_;
};

}  // namespace

MemoryFileSystem::MemoryFileSystem() : bytes_used_(std::make_shared<std::atomic<uint64_t>>(0)) {}
MemoryFileSystem::~MemoryFileSystem() = default;

Result<std::unique_ptr<Directory>> MemoryFileSystem::open_directory(const std::string& path,
                                                                    DirectoryMode mode) {
  if (path.empty()) return Status::invalid_argument("the path of the database is empty");
  const std::lock_guard lock(mutex_);
  const auto found = directories_.find(path);
  if (found == directories_.end() && mode == DirectoryMode::kMustExist)
    return Status(Code::kDoesNotExist, path + ": no such directory in memory", ENOENT);
  std::shared_ptr<MemoryDirectoryState> state =
      found != directories_.end() ? found->second : std::make_shared<MemoryDirectoryState>();
  if (found == directories_.end()) directories_.emplace(path, state);
  return std::unique_ptr<Directory>(std::make_unique<MemoryDirectory>(std::move(state), path, bytes_used_));
}

Status MemoryFileSystem::remove_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = directories_.find(path);
  if (found == directories_.end())
    return Status(Code::kDoesNotExist, path + ": no such directory in memory", ENOENT);
  {
    const std::lock_guard state_lock(found->second->mutex);
    if (!found->second->files.empty()) return Status::from_errno(ENOTEMPTY, "remove directory", path);
    found->second->is_removed = true;
  }
  directories_.erase(found);
  return Status::ok();
}

}  // namespace wombat
