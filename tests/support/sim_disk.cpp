#include "support/sim_disk.h"

#include <utility>

namespace wombat {

namespace {

void apply_change(const SimEntryChange& change, SimEntries* entries) {
  switch (change.kind) {
    case SimEntryChange::Kind::kCreate:
      (*entries)[change.name] = change.file;
      return;
    case SimEntryChange::Kind::kRemove: {
      const auto found = entries->find(change.name);
      if (found != entries->end() && found->second == change.file) entries->erase(found);
      return;
    }
    case SimEntryChange::Kind::kRename:
      // The old name goes in the same step, even when an earlier rename of this file was lost and it still
      // stands under a name before that.
      std::erase_if(*entries, [&](const auto& entry) { return entry.second == change.file; });
      (*entries)[change.new_name] = change.file;
      return;
  }
}

}  // namespace

void SimDirectoryState::create(const std::string& name, std::shared_ptr<SimFile> file) {
  file->set_linked(true);
  entries[name] = file;
  unsynced.push_back({SimEntryChange::Kind::kCreate, std::move(file), name, {}});
}

void SimDirectoryState::sync() {
  for (const SimEntryChange& change : unsynced) apply_change(change, &durable_entries);
  unsynced.clear();
}

SimEntries SimDirectoryState::after_crash(CrashPolicy policy, Random* random) const {
  SimEntries result = durable_entries;
  if (policy == CrashPolicy::kDropAll) return result;
  if (policy != CrashPolicy::kRandom) {
    for (const SimEntryChange& change : unsynced) apply_change(change, &result);
    return result;
  }
  constexpr uint64_t kKeep[] = {0, 10, 50, 90, 100};
  const uint64_t keep_percent = kKeep[random->below(std::size(kKeep))];
  const bool in_order = random->one_in(3);
  const size_t cut = random->below(unsynced.size() + 1);
  for (size_t i = 0; i < unsynced.size(); ++i) {
    const bool kept = in_order ? i < cut : random->below(100) < keep_percent;
    if (kept) apply_change(unsynced[i], &result);
  }
  return result;
}

uint64_t SimDisk::free_bytes() const { return space_limit > bytes_used ? space_limit - bytes_used : 0; }

void SimDisk::unlink(SimDirectoryState* directory, const std::string& name) {
  const auto found = directory->entries.find(name);
  if (found == directory->entries.end()) return;
  SimFile& file = *found->second;
  file.set_linked(false);
  if (!file.is_alive()) bytes_used -= file.size();
  directory->entries.erase(found);
}

void SimDisk::drop_handle(SimFile* file) {
  file->drop_handle();
  if (!file->is_alive()) bytes_used -= file->size();
}

std::shared_ptr<SimDirectoryState> SimDisk::find_directory(const std::string& path) const {
  const auto found = directories.find(normal_path(path));
  return found == directories.end() ? nullptr : found->second;
}

std::shared_ptr<SimFile> SimDisk::find_file(const std::string& path, const std::string& name) const {
  const auto directory = find_directory(path);
  if (!directory) return nullptr;
  const auto found = directory->entries.find(name);
  return found == directory->entries.end() ? nullptr : found->second;
}

bool SimDisk::has_subdirectory(const std::string& path, const std::string& name) const {
  return find_directory(path + "/" + name) != nullptr;
}

std::string normal_path(const std::string& path) {
  std::string normal = path;
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

}  // namespace wombat
