#include "db/destroy.h"

#include "db/recovery.h"
#include "db/side_directories.h"
#include "version/manifest.h"

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
  const Result<std::optional<SideOwner>> owner = read_side_owner(*directory);
  if (!before.has_current && owner && owner.value()) {
    return Status(Code::kNotADatabase, path + " holds files of the database at " + owner.value()->home +
                                           " and is none itself; nothing was removed");
  }
  {
    WOMBAT_ASSIGN(const std::unique_ptr<DirectoryLock> lock, directory->lock(kLockFileName));
    const Result<RecoveredManifest> manifest = read_manifest_identity(*directory);
    // Damage is no reason to keep a database; what may be read the next time is.
    const Code code = manifest.status().code();
    const bool is_verdict = code == Code::kCorruption || code == Code::kMissingFile ||
                            code == Code::kNotADatabase || code == Code::kFormatVersion ||
                            code == Code::kUnsupported;
    if (!manifest && !is_verdict) return manifest.status();
    const bool has_sides = manifest && !manifest.value().state.side_directories.empty();
    if (has_sides) {
      // Under this name it is no database any more, and who destroys it again still learns where its files are.
      if (before.has_current) WOMBAT_TRY(directory->rename_file(kCurrentFileName, kCurrentTempFileName));
      WOMBAT_TRY(directory->sync());
      const ManifestState& state = manifest.value().state;
      WOMBAT_TRY(
          destroy_side_directories(file_system, *directory, state.database_id, state.side_directories));
    }
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
