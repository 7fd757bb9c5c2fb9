#include "support/sim_handles.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "support/allocation_exempt.h"

namespace wombat {

namespace {

constexpr uint64_t kUnlimitedFreeBytes = uint64_t{1} << 40;

}  // namespace

SimWritableFile::SimWritableFile(std::shared_ptr<SimDisk> disk, std::shared_ptr<SimFile> file,
                                 std::string name)
    : disk_(std::move(disk)), file_(std::move(file)), name_(std::move(name)) {
  file_->add_handle();
}

SimWritableFile::~SimWritableFile() { static_cast<void>(SimWritableFile::close()); }

Status SimWritableFile::write(uint64_t offset, Bytes bytes) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  if (!is_open_) return Status::from_errno(EBADF, "write", name_);
  const uint64_t old_size = file_->size();
  const uint64_t end_max = disk_->space_limit == kNoSpaceLimit ? UINT64_MAX : old_size + disk_->free_bytes();
  const size_t fitting =
      offset >= end_max ? 0 : static_cast<size_t>(std::min<uint64_t>(bytes.size(), end_max - offset));
  file_->write(offset, bytes.substr(0, fitting));
  disk_->bytes_used += file_->size() - old_size;
  if (fitting < bytes.size()) return Status::from_errno(ENOSPC, "write", name_);
  return Status::ok();
}

Status SimWritableFile::append(Bytes bytes) {
  WOMBAT_TRY(write(appended_size_, bytes));
  appended_size_ += bytes.size();
  if (reserves_) reserve();
  return Status::ok();
}

char* SimWritableFile::append_space(size_t size) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  if (!is_open_ || !reserves_ || file_->size() - appended_size_ < size) return nullptr;
  space_.assign(size, '\xEE');
  return space_.data();
}

void SimWritableFile::note_appended(size_t size) {
  const Status written = write(appended_size_, Bytes(space_).substr(0, size));
  WOMBAT_CHECK(written.is_ok());
  appended_size_ += size;
  reserve();
}

void SimWritableFile::reserve() {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  if (appended_size_ < kSectorSize || file_->size() > appended_size_) return;
  const uint64_t size = (appended_size_ / kSectorSize + 2) * kSectorSize;
  if (disk_->space_limit != kNoSpaceLimit && disk_->free_bytes() < size - file_->size()) return;
  disk_->bytes_used += size - file_->size();
  file_->resize(size);
}

Status SimWritableFile::write_at(uint64_t offset, Bytes bytes) { return write(offset, bytes); }

Status SimWritableFile::sync() {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  if (!is_open_) return Status::from_errno(EBADF, "sync", name_);
  file_->sync();
  return Status::ok();
}

Status SimWritableFile::close() {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  if (!is_open_) return Status::ok();
  is_open_ = false;
  if (reserves_ && file_->size() > appended_size_) {
    disk_->bytes_used -= file_->size() - appended_size_;
    file_->resize(appended_size_);
  }
  file_->seal();
  disk_->drop_handle(file_.get());
  return Status::ok();
}

void SimWritableFile::lose_unsynced() {
  std::lock_guard<std::mutex> guard(disk_->mutex);
  file_->lose_unsynced();
}

SimReadableFile::SimReadableFile(std::shared_ptr<SimDisk> disk, std::shared_ptr<SimFile> file)
    : disk_(std::move(disk)), file_(std::move(file)) {
  file_->add_handle();
}

SimReadableFile::~SimReadableFile() {
  std::lock_guard<std::mutex> guard(disk_->mutex);
  disk_->drop_handle(file_.get());
}

Result<size_t> SimReadableFile::read_at(uint64_t offset, size_t size, char* out) const {
  std::lock_guard<std::mutex> guard(disk_->mutex);
  const Bytes content = file_->content();
  if (offset >= content.size()) return size_t{0};
  const Bytes part = content.substr(static_cast<size_t>(offset), size);
  std::copy(part.begin(), part.end(), out);
  return part.size();
}

Result<uint64_t> SimReadableFile::size() const {
  std::lock_guard<std::mutex> guard(disk_->mutex);
  return file_->size();
}

SimDirectoryLock::SimDirectoryLock(std::shared_ptr<SimDisk> disk, std::shared_ptr<SimFile> file)
    : disk_(std::move(disk)), file_(std::move(file)) {
  file_->set_locked(true);
  file_->add_handle();
}

SimDirectoryLock::~SimDirectoryLock() {
  std::lock_guard<std::mutex> guard(disk_->mutex);
  file_->set_locked(false);
  disk_->drop_handle(file_.get());
}

SimDirectory::SimDirectory(std::shared_ptr<SimDisk> disk, std::shared_ptr<SimDirectoryState> state)
    : disk_(std::move(disk)), state_(std::move(state)) {}

SimDirectory::~SimDirectory() = default;

Status SimDirectory::removed() const {
  return Status(Code::kMissingFile, state_->path + ": the directory was removed", ENOENT);
}

std::shared_ptr<SimFile> SimDirectory::find(const std::string& name, Status* status) const {
  const auto found = state_->entries.find(name);
  if (found != state_->entries.end()) return found->second;
  if (disk_->has_subdirectory(state_->path, name)) {
    *status = Status(Code::kCorruption, state_->path + "/" + name + ": not a regular file");
  } else {
    *status = Status(Code::kMissingFile, state_->path + "/" + name + ": no such file", ENOENT);
  }
  return nullptr;
}

Result<std::unique_ptr<WritableFile>> SimDirectory::create_file(const std::string& name) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  if (state_->is_removed) return removed();
  if (state_->entries.count(name) != 0 || disk_->has_subdirectory(state_->path, name)) {
    return Status(Code::kAlreadyExists, state_->path + "/" + name + ": exists already", EEXIST);
  }
  auto file = std::make_shared<SimFile>();
  state_->create(name, file);
  return std::unique_ptr<WritableFile>(std::make_unique<SimWritableFile>(disk_, std::move(file), name));
}

Result<std::unique_ptr<ReadableFile>> SimDirectory::open_file(const std::string& name) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  Status status;
  auto file = find(name, &status);
  if (!file) return status;
  return std::unique_ptr<ReadableFile>(std::make_unique<SimReadableFile>(disk_, std::move(file)));
}

Status SimDirectory::rename_file(const std::string& from, const std::string& to) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  Status status;
  auto file = find(from, &status);
  if (!file) return status;
  if (disk_->has_subdirectory(state_->path, to)) return Status::from_errno(EISDIR, "rename to", to);
  if (from == to) return Status::ok();
  disk_->unlink(state_.get(), to);
  state_->entries.erase(from);
  state_->entries[to] = file;
  state_->unsynced.push_back({SimEntryChange::Kind::kRename, std::move(file), from, to});
  return Status::ok();
}

Status SimDirectory::remove_file(const std::string& name) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  Status status;
  auto file = find(name, &status);
  if (!file) return status;
  disk_->unlink(state_.get(), name);
  state_->unsynced.push_back({SimEntryChange::Kind::kRemove, std::move(file), name, {}});
  return Status::ok();
}

Result<std::vector<std::string>> SimDirectory::list() {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  std::vector<std::string> names;
  for (const auto& [name, file] : state_->entries) names.push_back(name);
  const std::string prefix = state_->path + "/";
  for (const auto& [path, state] : disk_->directories) {
    const bool is_child =
        path.compare(0, prefix.size(), prefix) == 0 && path.find('/', prefix.size()) == path.npos;
    if (is_child) names.push_back(path.substr(prefix.size()));
  }
  return names;
}

Result<uint64_t> SimDirectory::file_size(const std::string& name) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  Status status;
  const auto file = find(name, &status);
  if (!file) return status;
  return file->size();
}

Status SimDirectory::sync() {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  state_->sync();
  return Status::ok();
}

Result<std::unique_ptr<DirectoryLock>> SimDirectory::lock(const std::string& name) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  if (state_->is_removed) return removed();
  Status status;
  auto file = find(name, &status);
  if (!file && status.code() != Code::kMissingFile) return status;
  if (!file) {
    file = std::make_shared<SimFile>(std::make_shared<const std::string>());
    state_->create(name, file);
  }
  if (file->is_locked()) return Status(Code::kLocked, state_->path + " is in use");
  return std::unique_ptr<DirectoryLock>(std::make_unique<SimDirectoryLock>(disk_, std::move(file)));
}

Result<uint64_t> SimDirectory::free_space() {
  std::lock_guard<std::mutex> guard(disk_->mutex);
  return disk_->space_limit == kNoSpaceLimit ? kUnlimitedFreeBytes : disk_->free_bytes();
}

void SimDirectory::lose_unsynced() {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  state_->lose_unsynced();
}

}  // namespace wombat
