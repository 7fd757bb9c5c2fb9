#include "db/destroy.h"

#include "db/recovery.h"

namespace wombat {

namespace {

Status remove_if_present(Directory& directory, const std::string& name) {
  Status removed = directory.remove_file(name);
  return removed.code() == Code::kMissingFile ? Status::ok() : removed;
}

}  // namespace

Status destroy_database(FileSystem& file_system, const std::string& path) {
  WOMBAT_ASSIGN(const std::unique_ptr<Directory> directory,
                file_system.open_directory(path, DirectoryMode::kMustExist));
  WOMBAT_ASSIGN(const DirectoryListing before, list_directory(*directory));
  if (!before.has_current && before.files.empty()) {
    return Status(Code::kNotADatabase, path + " holds no database; nothing was removed");
  }
  {
    WOMBAT_ASSIGN(const std::unique_ptr<DirectoryLock> lock, directory->lock(kLockFileName));
    WOMBAT_TRY(remove_if_present(*directory, kCurrentFileName));
    WOMBAT_TRY(directory->sync());
    WOMBAT_TRY(remove_if_present(*directory, kCurrentTempFileName));
    WOMBAT_ASSIGN(const DirectoryListing listing, list_directory(*directory));
    for (const FileName& file : listing.files)
      WOMBAT_TRY(remove_if_present(*directory, file_name(file.kind, file.number)));
    WOMBAT_TRY(remove_if_present(*directory, kLockFileName));
    WOMBAT_TRY(directory->sync());
  }
  WOMBAT_ASSIGN(const std::vector<std::string> left, directory->list());
  return left.empty() ? file_system.remove_directory(path) : Status::ok();
}

}  // namespace wombat
