/// The directories besides its own in which a database has files: those that value_log.directory and cold.directory name,
/// and those that they named once, while anything lies there.
///
/// The manifest lists them, so that none is forgotten when an option changes. In each of them a file OWNER says whose files
/// lie there: the database's id, a number of the directory's own that the manifest repeats, and where the database is. A
/// directory that is not the one which is meant (a file system that is not mounted, another database's) is noticed by it,
/// as are two copies of one database that would use the same directory.
///
/// Order: OWNER is durable before a manifest lists the directory, that manifest before anything is made there, and a
/// manifest that does not list the directory before OWNER goes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/options.h"
#include "env/file_system.h"
#include "env/measured_directory.h"
#include "env/spread_directory.h"
#include "version/version_edit.h"

namespace wombat {

/// What OWNER says.
struct SideOwner {
  DatabaseId database_id{};
  uint64_t side_id = 0;
  std::string home;  // absolute path of the database when it last opened the directory
};

/// Nothing when there is none. kCorruption, kFormatVersion or kNotADatabase when it cannot be understood.
Result<std::optional<SideOwner>> read_side_owner(Directory& side);
/// Replaces OWNER and makes it durable.
Status write_side_owner(Directory& side, const SideOwner& owner);

/// One thread at a time.
class SideDirectories {
 public:
  struct Request {
    FileSystem& files;
    std::string home_path;
    DatabaseId database_id{};
    const Options& options;
    bool is_read_only = false;
  };

  /// What shows the database's own directory and the others as one. This object refers to it.
  std::unique_ptr<Directory> begin(std::unique_ptr<Directory> home);
  /// After begin().
  const SpreadDirectory& files() const { return *directory_; }

  /// Takes the lock of the database's own directory; held until release().
  void keep(std::unique_ptr<DirectoryLock> lock) { locks_.push_back(std::move(lock)); }
  /// Opens the directories that the options name and those in `*listed`, locks them unless it is only for reading, and adds
  /// them to the spread directory. `*listed` becomes what the next manifest has to list. Errors name path and option:
  /// kMissingFile when a directory, or OWNER in it, is missing; kInvalidArgument when it is somebody else's.
  Status attach(const Request& request, std::vector<SideDirectory>* listed);
  bool is_empty() const { return sides_.empty(); }
  /// When a manifest is in force that lists what attach() said: gives up directories in which nothing is left. Those below
  /// the database's own go, if they are empty.
  void retire(FileSystem& files) noexcept;
  /// Unlocks all. Idempotent.
  void release() noexcept { locks_.clear(); }

 private:
  struct Side {
    std::unique_ptr<Directory> directory;
    std::string identity;
    SideDirectory entry;
    bool holds_values = false;
    bool holds_cold_tables = false;
    bool is_wanted = false;
  };
  Status open_wanted(const Request& request, OptionId option, const std::vector<SideDirectory>& listed);
  Status open_listed(const Request& request, const SideDirectory& entry);
  Status take(const Request& request, Side* side, const SideDirectory* listed,
              const std::vector<SideDirectory>& all);
  Status remove_doubles(Directory& side);
  static std::string options_of(const Side& side);
  Status add_all(const Request& request, std::vector<SideDirectory>* listed);

  SpreadDirectory* directory_ = nullptr;
  std::vector<std::unique_ptr<DirectoryLock>> locks_;
  std::vector<Side> sides_;  // until they are added
  std::vector<std::unique_ptr<Directory>> retired_;
};

/// For an open that would make a new database in `home`, where there is no CURRENT: kMissingFile when a manifest that is
/// there lists a directory with files of its database, or one that is missing. So the database has lost its CURRENT, and
/// was not merely about to be made.
Status check_sides_are_empty(FileSystem& files, Directory& home);

/// For wombat_destroy: removes from the directories that `listed` names what is there of the database in `home`, and the
/// directories when nothing else is in them. One that is gone, or belongs to another database or to the one of which this is
/// a copy, is passed over.
Status destroy_side_directories(FileSystem& files, Directory& home, const DatabaseId& database_id,
                                const std::vector<SideDirectory>& listed);

/// True when `name`, an entry of the database's own directory, leads to a directory that an option names.
bool is_way_to_side(const std::string& name, const Options& options);

}  // namespace wombat
