#include "env/spread_directory.h"

#include <utility>

#include "env/file_names.h"

namespace wombat {

SpreadDirectory::SpreadDirectory(std::unique_ptr<Directory> home) : home_(std::move(home)) {}

bool SpreadDirectory::may_lie_in_side(const std::string& name) {
  const std::optional<FileName> file = parse_file_name(name);
  return file && (file->kind == FileKind::kTable || file->kind == FileKind::kValueLog);
}

Result<size_t> SpreadDirectory::add_side(std::unique_ptr<Directory> side, const std::string& option) {
  WOMBAT_ASSIGN(const std::vector<std::string> names, side->list());
  const size_t number = sides_.size() + 1;
  auto added = std::make_unique<Side>();
  added->description = side->path() + (option.empty() ? "" : " (" + option + ")");
  added->directory = std::move(side);
  sides_.push_back(std::move(added));
  for (const std::string& name : names) {
    if (!may_lie_in_side(name)) continue;
    const size_t other = side_of(name);
    if (other != kHome || home_->file_size(name)) {
      return Status::corruption(name + " is in " + directory_at(other).path() + " and in " +
                                sides_.back()->description +
                                ", and only one of them can be the database's; one was copied there");
    }
    std::lock_guard lock(mutex_);
    side_of_[name] = number;
  }
  return number;
}

bool SpreadDirectory::is_cold(const std::string& name) const {
  return cold_side_ != kHome && side_of(name) == cold_side_;
}

size_t SpreadDirectory::side_of(const std::string& name) const {
  if (sides_.empty()) return kHome;
  std::lock_guard lock(mutex_);
  const auto found = side_of_.find(name);
  return found != side_of_.end() ? found->second : kHome;
}

Status SpreadDirectory::explain(Status status, const std::string& name) const {
  if (status.code() != Code::kMissingFile || sides_.empty() || !may_lie_in_side(name)) return status;
  std::string text(status.message());
  const size_t expected = side_of(name);
  if (expected != kHome)
    text += "; it was in " + sides_[expected - 1]->description + " when the database was opened";
  for (size_t side = 1; expected == kHome && side <= sides_.size(); ++side)
    text += (side == 1 ? "; nor is it in " : " or in ") + sides_[side - 1]->description;
  return Status(Code::kMissingFile, text, status.os_error());
}

Result<std::unique_ptr<WritableFile>> SpreadDirectory::create_in(size_t side, const std::string& name) {
  if (side == kHome) return home_->create_file(name);
  {
    // Before there is a file, since memory for the note may be short. It stays after a failure: the file may be there all
    // the same, and whoever removes it has to find it.
    std::lock_guard lock(mutex_);
    side_of_[name] = side;
  }
  Result<std::unique_ptr<WritableFile>> made = directory_at(side).create_file(name);
  sides_[side - 1]->has_new_names.store(true);
  return made;
}

Result<std::unique_ptr<WritableFile>> SpreadDirectory::create_file(const std::string& name) {
  const std::optional<FileName> file = parse_file_name(name);
  return create_in(file && file->kind == FileKind::kValueLog ? values_side_ : kHome, name);
}

Result<std::unique_ptr<WritableFile>> SpreadDirectory::create_cold_file(const std::string& name) {
  return create_in(cold_side_, name);
}

Result<std::unique_ptr<ReadableFile>> SpreadDirectory::open_file(const std::string& name) {
  Result<std::unique_ptr<ReadableFile>> file = directory_of(name).open_file(name);
  if (file) return file;
  return explain(file.status(), name);
}

Result<std::unique_ptr<ReadableFile>> SpreadDirectory::open_file_as(const std::string& name, ReadMode mode) {
  Result<std::unique_ptr<ReadableFile>> file = directory_of(name).open_file_as(name, mode);
  if (file) return file;
  return explain(file.status(), name);
}

Status SpreadDirectory::check_direct_reads() {
  WOMBAT_TRY(home_->check_direct_reads());
  for (const auto& side : sides_) WOMBAT_TRY(side->directory->check_direct_reads());
  return Status::ok();
}

Status SpreadDirectory::remove_file(const std::string& name) {
  const size_t side = side_of(name);
  Status removed = directory_at(side).remove_file(name);
  if (side == kHome || (!removed && removed.code() != Code::kMissingFile)) return removed;
  std::lock_guard lock(mutex_);
  side_of_.erase(name);
  return removed;
}

Result<std::vector<std::string>> SpreadDirectory::list() {
  WOMBAT_ASSIGN(std::vector<std::string> names, home_->list());
  for (const auto& side : sides_) {
    WOMBAT_ASSIGN(std::vector<std::string> more, side->directory->list());
    for (std::string& name : more)
      if (may_lie_in_side(name)) names.push_back(std::move(name));
  }
  return names;
}

Result<uint64_t> SpreadDirectory::file_size(const std::string& name) {
  const Result<uint64_t> size = directory_of(name).file_size(name);
  if (size) return size;
  return explain(size.status(), name);
}

/// The sides come first: who makes the home directory durable does so for what points to files everywhere.
Status SpreadDirectory::sync() {
  for (const auto& side : sides_) {
    if (!side->has_new_names.exchange(false)) continue;
    WOMBAT_TRY(side->directory->sync());
  }
  return home_->sync();
}

}  // namespace wombat
