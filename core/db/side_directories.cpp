#include "db/side_directories.h"

#include <algorithm>
#include <utility>

#include "base/coding.h"
#include "env/file_header.h"
#include "env/file_names.h"
#include "journal/database_id_text.h"
#include "journal/journal_reader.h"
#include "version/manifest.h"

namespace wombat {

namespace {

constexpr char kAnyOption[] = "value_log.directory or cold.directory";

std::string resolved(const std::string& home, const std::string& path) {
  return path.front() == '/' ? path : home + "/" + path;
}

uint64_t random_side_id() {
  const DatabaseId random = random_database_id();
  return std::max<uint64_t>(load_le<uint64_t>(reinterpret_cast<const char*>(random.data())), 1);
}

bool is_side_file(const std::string& name) {
  const std::optional<FileName> file = parse_file_name(name);
  return file && (file->kind == FileKind::kTable || file->kind == FileKind::kValueLog);
}

Result<bool> has_side_files(Directory& directory) {
  WOMBAT_ASSIGN(const std::vector<std::string> names, directory.list());
  return std::any_of(names.begin(), names.end(), is_side_file);
}

Result<bool> is_home_of_some_database(Directory& directory) {
  WOMBAT_ASSIGN(const std::vector<std::string> names, directory.list());
  return std::any_of(names.begin(), names.end(), [](const std::string& name) {
    const std::optional<FileName> file = parse_file_name(name);
    return name == kCurrentFileName || (file && !is_side_file(name));
  });
}

Status remove_if_present(Directory& directory, const std::string& name) {
  Status removed = directory.remove_file(name);
  return removed.code() == Code::kMissingFile ? Status::ok() : removed;
}

Status remove_side_files(Directory& directory) {
  WOMBAT_ASSIGN(const std::vector<std::string> names, directory.list());
  for (const std::string& name : names)
    if (is_side_file(name)) WOMBAT_TRY(remove_if_present(directory, name));
  return Status::ok();
}

Status missing(std::string_view what, const std::string& path, std::string_view fault) {
  return Status(Code::kMissingFile, std::string(what) + ": " + path + " " + std::string(fault));
}

constexpr char kIsItMounted[] =
    ", though the manifest says that files of the database lie there; is its file system mounted? If they "
    "were "
    "moved, set the option to where they are now";

const SideDirectory* find_path(const std::vector<SideDirectory>& all, const std::string& path) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const SideDirectory& side) { return side.path == path; });
  return found != all.end() ? &*found : nullptr;
}

const SideDirectory* find_id(const std::vector<SideDirectory>& all, uint64_t id) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const SideDirectory& side) { return side.id == id; });
  return found != all.end() ? &*found : nullptr;
}

bool holds_database(Directory& directory, const DatabaseId& id) {
  const Result<std::unique_ptr<ReadableFile>> file = directory.open_file(kCurrentFileName);
  char bytes[kFileHeaderSize];
  if (!file || !read_exactly(*file.value(), kCurrentFileName, 0, sizeof(bytes), bytes)) return false;
  const Result<FileHeader> header =
      decode_file_header(Bytes(bytes, sizeof(bytes)), FileKind::kCurrent, kCurrentFileName);
  return header && header.value().database_id == id;
}

/// What was there before is gone, or was never a directory.
bool is_absence(const Status& status) {
  return status.code() == Code::kDoesNotExist || status.code() == Code::kNotADatabase;
}

/// OWNER tells of another home than that in `home`. When the database is still there, this one is a copy; and when that one
/// uses the same directory, `side`, each would remove the other's files: true.
Result<bool> is_used_by_original(FileSystem& files, Directory& home, const SideOwner& owner,
                                 Directory& side) {
  const Result<std::unique_ptr<Directory>> other =
      files.open_directory(owner.home, DirectoryMode::kMustExist);
  if (!other && is_absence(other.status())) return false;
  WOMBAT_TRY(other.status());
  if (other.value()->identity() == home.identity()) return false;
  if (!holds_database(*other.value(), owner.database_id)) return false;
  WOMBAT_ASSIGN(const RecoveredManifest manifest, read_manifest_identity(*other.value()));
  const SideDirectory* const entry = find_id(manifest.state.side_directories, owner.side_id);
  if (entry == nullptr) return false;
  const Result<std::unique_ptr<Directory>> used =
      files.open_directory(resolved(owner.home, entry->path), DirectoryMode::kMustExist);
  if (!used && is_absence(used.status())) return false;
  WOMBAT_TRY(used.status());
  return used.value()->identity() == side.identity();
}

}  // namespace

Result<std::optional<SideOwner>> read_side_owner(Directory& side) {
  const Result<std::unique_ptr<ReadableFile>> file = side.open_file(kOwnerFileName);
  if (!file && file.status().code() == Code::kMissingFile) return std::optional<SideOwner>();
  WOMBAT_TRY(file.status());
  const std::string name = side.path() + "/" + kOwnerFileName;
  WOMBAT_ASSIGN(const uint64_t size, file.value()->size());
  constexpr uint64_t kSizeMin = kFileHeaderSize + sizeof(uint64_t);
  if (size < kSizeMin || size > kSizeMin + kSidePathSizeMax) {
    return Status::corruption_at(name, 0, "a file of " + std::to_string(kSizeMin) + " bytes and a path",
                                 std::to_string(size) + " bytes");
  }
  std::string bytes(static_cast<size_t>(size), '\0');
  WOMBAT_TRY(read_exactly(*file.value(), name, 0, bytes.size(), bytes.data()));
  WOMBAT_ASSIGN(const FileHeader header,
                decode_file_header(Bytes(bytes).substr(0, kFileHeaderSize), FileKind::kOwner, name));
  const size_t path_size = bytes.size() - kSizeMin;
  const Bytes path = Bytes(bytes).substr(kFileHeaderSize, path_size);
  const uint64_t sum = checksum64(path, header.context().seed_at(kFileHeaderSize));
  if (load_le<uint64_t>(bytes.data() + kFileHeaderSize + path_size) != sum)
    return Status::corruption_at(name, kFileHeaderSize, "a path with its checksum", "another one");
  return std::optional<SideOwner>(SideOwner{header.database_id, header.file_number, std::string(path)});
}

Status write_side_owner(Directory& side, const SideOwner& owner) {
  FileHeader header;
  header.kind = FileKind::kOwner;
  header.database_id = owner.database_id;
  header.file_number = owner.side_id;
  std::string bytes;
  encode_file_header(header, &bytes);
  bytes += owner.home;
  append_le<uint64_t>(&bytes, checksum64(owner.home, header.context().seed_at(kFileHeaderSize)));
  WOMBAT_TRY(remove_if_present(side, kOwnerTempFileName));  // a crash may have left one
  WOMBAT_ASSIGN(const std::unique_ptr<WritableFile> file, side.create_file(kOwnerTempFileName));
  WOMBAT_TRY(file->append(bytes));
  WOMBAT_TRY(file->sync());
  WOMBAT_TRY(file->close());
  WOMBAT_TRY(side.rename_file(kOwnerTempFileName, kOwnerFileName));
  return side.sync();
}

std::unique_ptr<Directory> SideDirectories::begin(std::unique_ptr<Directory> home) {
  auto directory = std::make_unique<SpreadDirectory>(std::move(home));
  directory_ = directory.get();
  return directory;
}

/// What names it, for messages.
std::string SideDirectories::options_of(const Side& side) {
  if (side.holds_values && side.holds_cold_tables) return "value_log.directory and cold.directory";
  if (side.holds_values) return "value_log.directory";
  return side.holds_cold_tables ? "cold.directory" : std::string("a directory that was ") + kAnyOption;
}

/// In a directory that no manifest lists, since an open was cut short or gave it up: nothing points there, and numbers may
/// have been used again. What else is there goes when the open has succeeded, like other strays.
Status SideDirectories::remove_doubles(Directory& side) {
  WOMBAT_ASSIGN(const std::vector<std::string> names, side.list());
  for (const std::string& name : names)
    if (is_side_file(name) && directory_->home().file_size(name)) WOMBAT_TRY(remove_if_present(side, name));
  return Status::ok();
}

/// Finds out whether an opened directory is the database's, makes it so when it is free, and locks it. `listed` is what
/// the manifest says of its path. Leaves side->directory null when there is nothing to read from it.
Status SideDirectories::take(const Request& request, Side* side, const SideDirectory* listed,
                             const std::vector<SideDirectory>& all) {
  Directory& directory = *side->directory;
  const std::string& path = directory.path();
  const std::string what = options_of(*side);
  const auto refuse = [&](const std::string& fault) {
    return Status::invalid_argument(what + ": " + path + " " + fault);
  };
  if (side->identity == directory_->identity())
    return refuse("is the database's own directory; leave the option empty for that");
  WOMBAT_ASSIGN(const bool is_home, is_home_of_some_database(directory));
  if (is_home) return refuse("is the own directory of a database; choose another one");
  if (!request.is_read_only) {
    Result<std::unique_ptr<DirectoryLock>> lock = directory.lock(kLockFileName);
    if (!lock) return lock.status().with_context(what);
    locks_.push_back(std::move(lock).value());
  }
  Result<std::optional<SideOwner>> read = read_side_owner(directory);
  if (!read) return read.status().with_context(what);
  const std::optional<SideOwner>& owner = read.value();
  const bool is_ours = owner && owner->database_id == request.database_id;
  if (listed != nullptr && !owner)
    return missing(what, path, std::string("lacks the file ") + kOwnerFileName + kIsItMounted);
  if (listed != nullptr && (!is_ours || owner->side_id != listed->id)) {
    return missing(what, path,
                   "is not the directory that the manifest means: its file " + std::string(kOwnerFileName) +
                       " names database " + database_id_text(owner->database_id) + " at " + owner->home +
                       ", directory " + std::to_string(owner->side_id));
  }
  const bool is_known = is_ours && find_id(all, owner->side_id) != nullptr;
  if (request.is_read_only && !is_known) {
    side->directory.reset();
    return Status::ok();
  }
  const std::string home = request.files.absolute_path(request.home_path);
  if (is_ours) {
    side->entry.id = owner->side_id;
    if (request.is_read_only) return Status::ok();
    if (owner->home != home) {
      const Result<bool> is_used = is_used_by_original(request.files, *directory_, *owner, directory);
      if (!is_used) return is_used.status().with_context(what + ": finding out whose " + path + " is");
      if (is_used.value()) {
        return refuse("holds files of the database at " + owner->home + ", of which " + request.home_path +
                      " is a copy; the copy needs a directory of its own with copies of these files");
      }
    }
    // One that no manifest lists is written anew: the sync of its name may have failed, and no other sync would tell.
    if (!is_known || owner->home != home)
      WOMBAT_TRY(write_side_owner(directory, {request.database_id, owner->side_id, home}));
    return is_known ? Status::ok() : remove_doubles(directory);
  }
  WOMBAT_ASSIGN(const bool has_files, has_side_files(directory));
  if (has_files) {
    return refuse(owner ? "holds files of the database " + database_id_text(owner->database_id) + " at " +
                              owner->home + "; choose another directory"
                        : "holds tables or value files without a file " + std::string(kOwnerFileName) +
                              " that says whose they are; choose another directory");
  }
  if (owner) {
    const Result<std::unique_ptr<Directory>> other =
        request.files.open_directory(owner->home, DirectoryMode::kMustExist);
    if (other && holds_database(*other.value(), owner->database_id))
      return refuse("belongs to the database at " + owner->home + "; choose another directory");
  }
  side->entry.id = random_side_id();
  return write_side_owner(directory, {request.database_id, side->entry.id, home});
}

Status SideDirectories::open_wanted(const Request& request, OptionId option,
                                    const std::vector<SideDirectory>& listed) {
  const std::string text = request.options.text(option);
  if (text.empty()) return Status::ok();
  const std::string what = option_info(option).name;
  if (text.size() > kSidePathSizeMax ||
      request.files.absolute_path(request.home_path).size() > kSidePathSizeMax)
    return Status::invalid_argument(what + ": the path is longer than " + std::to_string(kSidePathSizeMax) +
                                    " bytes");
  Side side;
  side.entry.path = text;
  side.is_wanted = true;
  (option == OptionId::kValueLogDirectory ? side.holds_values : side.holds_cold_tables) = true;
  const SideDirectory* const entry = find_path(listed, text);
  const std::string path = resolved(request.home_path, text);
  const bool may_create =
      entry == nullptr && !request.is_read_only && request.options.flag(OptionId::kOpenCreateIfMissing);
  Result<std::unique_ptr<Directory>> directory = request.files.open_directory(
      path, may_create ? DirectoryMode::kCreateIfMissing : DirectoryMode::kMustExist);
  if (!directory && is_absence(directory.status())) {
    if (request.is_read_only && entry == nullptr) return Status::ok();
    return missing(what, path,
                   entry != nullptr ? std::string("is missing") + kIsItMounted
                                    : "is missing, or not a directory, and cannot be created");
  }
  if (!directory) return directory.status().with_context(what);
  side.directory = std::move(directory).value();
  side.identity = side.directory->identity();
  for (Side& other : sides_) {
    if (other.identity != side.identity) continue;
    other.holds_values |= side.holds_values;
    other.holds_cold_tables |= side.holds_cold_tables;
    return Status::ok();
  }
  WOMBAT_TRY(take(request, &side, entry, listed));
  if (side.directory != nullptr) sides_.push_back(std::move(side));
  return Status::ok();
}

/// One that no option names any more, or that the option names by another path.
Status SideDirectories::open_listed(const Request& request, const SideDirectory& entry) {
  for (const Side& side : sides_)
    if (side.entry.id == entry.id) return Status::ok();
  Side side;
  side.entry = entry;
  const std::string path = resolved(request.home_path, entry.path);
  Result<std::unique_ptr<Directory>> directory =
      request.files.open_directory(path, DirectoryMode::kMustExist);
  if (!directory && is_absence(directory.status()))
    return missing(std::string("a directory that was ") + kAnyOption, path,
                   std::string("is missing") + kIsItMounted);
  WOMBAT_TRY(directory.status());
  side.directory = std::move(directory).value();
  side.identity = side.directory->identity();
  WOMBAT_TRY(take(request, &side, &entry, {entry}));
  sides_.push_back(std::move(side));
  return Status::ok();
}

Status SideDirectories::add_all(const Request& request, std::vector<SideDirectory>* listed) {
  std::vector<SideDirectory> kept;
  for (Side& side : sides_) {
    WOMBAT_ASSIGN(const bool has_files, has_side_files(*side.directory));
    if (!side.is_wanted && !has_files && !request.is_read_only) {
      retired_.push_back(std::move(side.directory));
      continue;
    }
    if (request.options.flag(OptionId::kIoDirect)) WOMBAT_TRY(side.directory->check_direct_reads());
    WOMBAT_ASSIGN(const size_t number, directory_->add_side(std::move(side.directory), options_of(side)));
    if (side.holds_values) directory_->put_values_in(number);
    if (side.holds_cold_tables) directory_->put_cold_tables_in(number);
    kept.push_back(side.entry);
  }
  if (kept.size() > kSideDirectoriesMax) {
    return Status::invalid_argument("files of the database lie in more than " +
                                    std::to_string(kSideDirectoriesMax) + " directories besides its own");
  }
  *listed = std::move(kept);
  return Status::ok();
}

Status SideDirectories::attach(const Request& request, std::vector<SideDirectory>* listed) {
  WOMBAT_TRY(open_wanted(request, OptionId::kValueLogDirectory, *listed));
  WOMBAT_TRY(open_wanted(request, OptionId::kColdDirectory, *listed));
  for (const SideDirectory& entry : *listed) WOMBAT_TRY(open_listed(request, entry));
  return add_all(request, listed);
}

void SideDirectories::retire(FileSystem& files) noexcept {
  for (const std::unique_ptr<Directory>& directory : retired_) {
    try {
      // What stays behind is harmless: no manifest lists the directory. But while files may come back that were removed,
      // OWNER has to say whose they are.
      if (!directory->sync()) continue;
      static_cast<void>(remove_if_present(*directory, kOwnerTempFileName));
      static_cast<void>(remove_if_present(*directory, kOwnerFileName));
      static_cast<void>(remove_if_present(*directory, kLockFileName));
      const bool is_below = directory->path().starts_with(directory_->path() + "/");
      const Result<std::vector<std::string>> left = directory->list();
      if (is_below && left && left.value().empty())
        static_cast<void>(files.remove_directory(directory->path()));
    } catch (const std::bad_alloc&) {
    }
  }
  retired_.clear();
}

namespace {

/// What a manifest lists that is not in force, as far as it can be read.
VersionEdit first_edit_of(Directory& home, const std::string& name) {
  Result<std::unique_ptr<ReadableFile>> file = home.open_file(name);
  if (!file) return {};
  const auto reader = JournalReader::open(std::move(file).value(), name, FileKind::kManifest);
  Bytes record;
  if (!reader || !reader.value()->next(&record)) return {};
  Result<VersionEdit> edit = VersionEdit::decode(record, name);
  return edit ? std::move(edit).value() : VersionEdit();
}

Result<bool> holds_files_of(FileSystem& files, const std::string& path, const DatabaseId& database_id) {
  const Result<std::unique_ptr<Directory>> side = files.open_directory(path, DirectoryMode::kMustExist);
  if (!side && is_absence(side.status())) return true;  // for all that is known
  WOMBAT_TRY(side.status());
  WOMBAT_ASSIGN(const std::optional<SideOwner> owner, read_side_owner(*side.value()));
  return owner && owner->database_id == database_id ? has_side_files(*side.value()) : Result<bool>(false);
}

}  // namespace

Status check_sides_are_empty(FileSystem& files, Directory& home) {
  WOMBAT_ASSIGN(const std::vector<std::string> names, home.list());
  for (const std::string& name : names) {
    const std::optional<FileName> parsed = parse_file_name(name);
    if (!parsed || parsed->kind != FileKind::kManifest) continue;
    const VersionEdit edit = first_edit_of(home, name);
    for (const SideDirectory& entry : edit.side_directories) {
      const std::string path = resolved(home.path(), entry.path);
      WOMBAT_ASSIGN(const bool holds, holds_files_of(files, path, edit.database_id.value_or(DatabaseId())));
      if (!holds) continue;
      return Status(Code::kMissingFile,
                    home.path() + " holds " + name + ", by which files of a database lie in " + path +
                        ", but no " + kCurrentFileName +
                        " file, which says which manifest is in force; restore it from a copy");
    }
  }
  return Status::ok();
}

Status destroy_side_directories(FileSystem& files, Directory& home, const DatabaseId& database_id,
                                const std::vector<SideDirectory>& listed) {
  for (const SideDirectory& entry : listed) {
    const std::string path = resolved(home.path(), entry.path);
    {
      Result<std::unique_ptr<Directory>> opened = files.open_directory(path, DirectoryMode::kMustExist);
      if (!opened && is_absence(opened.status())) continue;
      WOMBAT_TRY(opened.status());
      Directory& directory = *opened.value();
      const Result<std::optional<SideOwner>> owner = read_side_owner(directory);
      WOMBAT_TRY(owner.status());
      if (!owner.value() || owner.value()->database_id != database_id || owner.value()->side_id != entry.id)
        continue;
      WOMBAT_ASSIGN(const bool is_used, is_used_by_original(files, home, *owner.value(), directory));
      if (is_used) continue;
      WOMBAT_ASSIGN(const std::unique_ptr<DirectoryLock> lock, directory.lock(kLockFileName));
      WOMBAT_TRY(remove_side_files(directory));
      WOMBAT_TRY(remove_if_present(directory, kOwnerTempFileName));
      WOMBAT_TRY(directory.sync());  // while OWNER is there, who destroys again finds what came back
      WOMBAT_TRY(remove_if_present(directory, kOwnerFileName));
      WOMBAT_TRY(remove_if_present(directory, kLockFileName));
      WOMBAT_TRY(directory.sync());
      WOMBAT_ASSIGN(const std::vector<std::string> left, directory.list());
      if (!left.empty()) continue;
    }
    // One that may not be removed, such as where a file system is mounted, is empty all the same.
    static_cast<void>(files.remove_directory(path));
  }
  return Status::ok();
}

bool is_way_to_side(const std::string& name, const Options& options) {
  for (const OptionId id : {OptionId::kValueLogDirectory, OptionId::kColdDirectory}) {
    const std::string path = options.text(id);
    if (path.substr(0, path.find('/')) == name) return true;
  }
  return false;
}

}  // namespace wombat
