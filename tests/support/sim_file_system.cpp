#include "support/sim_file_system.h"

#include <cerrno>
#include <utility>

#include "support/allocation_exempt.h"
#include "support/sim_handles.h"

namespace wombat {

namespace {

/// The file that `path` names, when its parent directory has one of that name.
bool is_file(const SimDisk& disk, const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == path.npos) return false;
  return disk.find_file(path.substr(0, slash), path.substr(slash + 1)) != nullptr;
}

std::shared_ptr<SimDirectoryState> make_directory(SimDisk* disk, const std::string& path) {
  auto state = std::make_shared<SimDirectoryState>();
  state->path = normal_path(path);
  disk->directories[state->path] = state;
  return state;
}

std::vector<Bytes> collect_stale(const SimDisk& disk) {
  std::vector<Bytes> stale;
  for (const auto& [path, state] : disk.directories) {
    for (const auto& [name, file] : state->entries) stale.push_back(file->content());
  }
  return stale;
}

/// A durable file under a durable name.
void put_file(SimDisk* disk, SimDirectoryState* state, const std::string& name,
              std::shared_ptr<const std::string> content) {
  disk->bytes_used += content->size();
  auto file = std::make_shared<SimFile>(std::move(content));
  file->set_linked(true);
  state->entries[name] = file;
  state->durable_entries[name] = std::move(file);
}

}  // namespace

SimFileSystem::SimFileSystem() {
  AllocationExempt exempt;
  disk_ = std::make_shared<SimDisk>();
}

SimFileSystem::~SimFileSystem() = default;

Result<std::unique_ptr<Directory>> SimFileSystem::open_directory(const std::string& path,
                                                                 DirectoryMode mode) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  auto state = disk_->find_directory(path);
  if (!state) {
    if (is_file(*disk_, normal_path(path)))
      return Status(Code::kNotADatabase, path + ": not a directory", ENOTDIR);
    if (mode == DirectoryMode::kMustExist) {
      return Status(Code::kDoesNotExist, path + ": no such directory", ENOENT);
    }
    state = make_directory(disk_.get(), path);
  }
  return std::unique_ptr<Directory>(std::make_unique<SimDirectory>(disk_, std::move(state)));
}

Status SimFileSystem::remove_directory(const std::string& path) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  const auto state = disk_->find_directory(path);
  if (!state) return Status(Code::kDoesNotExist, path + ": no such directory", ENOENT);
  const auto next = disk_->directories.upper_bound(state->path + "/");
  const bool has_child = next != disk_->directories.end() && next->first.rfind(state->path + "/", 0) == 0;
  if (!state->entries.empty() || has_child) return Status::from_errno(ENOTEMPTY, "remove directory", path);
  state->is_removed = true;
  disk_->directories.erase(state->path);
  return Status::ok();
}

std::unique_ptr<SimFileSystem> SimFileSystem::crash_clone(uint64_t seed, CrashPolicy policy) const {
  AllocationExempt exempt;
  auto clone = std::make_unique<SimFileSystem>();
  Random random(seed);
  std::lock_guard<std::mutex> guard(disk_->mutex);
  std::vector<Bytes> stale;
  if (policy == CrashPolicy::kRandom) stale = collect_stale(*disk_);
  for (const auto& [path, state] : disk_->directories) {
    const auto copy = make_directory(clone->disk_.get(), path);
    for (const auto& [name, file] : state->after_crash(policy, &random)) {
      put_file(clone->disk_.get(), copy.get(), name, file->after_crash(policy, &random, stale));
    }
  }
  clone->disk_->space_limit = disk_->space_limit;
  return clone;
}

void SimFileSystem::set_space_limit(uint64_t bytes) {
  std::lock_guard<std::mutex> guard(disk_->mutex);
  disk_->space_limit = bytes;
}

uint64_t SimFileSystem::bytes_used() const {
  std::lock_guard<std::mutex> guard(disk_->mutex);
  return disk_->bytes_used;
}

bool SimFileSystem::corrupt(const std::string& path, const std::string& file, uint64_t offset,
                            const Mutator& mutator) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  const auto found = disk_->find_file(path, file);
  if (!found || offset > found->size()) return false;
  std::string content(found->content());
  mutator(&content, offset);
  disk_->bytes_used += content.size() - found->size();
  found->replace(std::move(content));
  return true;
}

std::optional<std::string> SimFileSystem::read_file(const std::string& path, const std::string& file) const {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  const auto found = disk_->find_file(path, file);
  if (!found) return std::nullopt;
  return std::string(found->content());
}

void SimFileSystem::write_file(const std::string& path, const std::string& file, Bytes content) {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  auto state = disk_->find_directory(path);
  if (!state) state = make_directory(disk_.get(), path);
  disk_->unlink(state.get(), file);
  std::erase_if(state->unsynced,
                [&](const SimEntryChange& change) { return change.name == file || change.new_name == file; });
  put_file(disk_.get(), state.get(), file, std::make_shared<const std::string>(content));
}

bool SimFileSystem::delete_file(const std::string& path, const std::string& file) {
  std::lock_guard<std::mutex> guard(disk_->mutex);
  const auto state = disk_->find_directory(path);
  if (!state || state->entries.count(file) == 0) return false;
  disk_->unlink(state.get(), file);
  state->durable_entries.erase(file);
  std::erase_if(state->unsynced,
                [&](const SimEntryChange& change) { return change.name == file || change.new_name == file; });
  return true;
}

std::vector<std::string> SimFileSystem::list_files(const std::string& path) const {
  AllocationExempt exempt;
  std::lock_guard<std::mutex> guard(disk_->mutex);
  std::vector<std::string> names;
  if (const auto state = disk_->find_directory(path)) {
    for (const auto& [name, file] : state->entries) names.push_back(name);
  }
  return names;
}

}  // namespace wombat
