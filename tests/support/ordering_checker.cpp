#include "support/ordering_checker.h"

#include <algorithm>

#include "env/file_header.h"
#include "env/file_names.h"

namespace wombat {

namespace {

bool ends_with(const std::string& name, std::string_view ending) {
  return name.size() > ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
}
bool is_table(const std::string& name) { return ends_with(name, ".table"); }
bool is_log(const std::string& name) { return ends_with(name, ".log"); }
bool is_manifest(const std::string& name) { return ends_with(name, ".manifest"); }
bool may_be_created_again(const std::string& name) {
  return name == kCurrentTempFileName || name == kLockFileName || name == kOwnerTempFileName;
}

}  // namespace

void OrderingChecker::after_call(const FileCall& call, const Status& status) {
  std::lock_guard<std::mutex> guard(mutex_);
  Database* const database = &databases_[home_of(call.directory)];
  switch (call.kind) {
    case CallKind::kCreate:
      return create(database, call, status);
    case CallKind::kAppend:
    case CallKind::kWriteAt:
      return write(database, call, status);
    case CallKind::kSync:
      return sync(database, call, status);
    case CallKind::kClose:
      return close(database, call, status);
    case CallKind::kRename:
      return rename(database, call, status);
    case CallKind::kRemove:
      return remove(database, call, status);
    case CallKind::kDirectorySync:
      return sync_directory(database, call, status);
    case CallKind::kRemoveDirectory:
      if (status.is_ok()) databases_.erase(call.directory);
      return;
    default:
      return;
  }
}

std::vector<std::string> OrderingChecker::violations() const {
  std::lock_guard<std::mutex> guard(mutex_);
  return violations_;
}

const std::string& OrderingChecker::home_of(const std::string& directory) const {
  const auto found = options_.homes.find(directory);
  return found != options_.homes.end() ? found->second : directory;
}

OrderingChecker::File& OrderingChecker::find(Database* database, const FileCall& call) {
  const auto [found, is_new] = database->files.try_emplace(call.name);
  File& file = found->second;
  if (is_new) {
    file.is_closed = true;
    file.was_synced = true;
    file.has_durable_name = true;
    file.predates_checker = true;
    file.size = UINT64_MAX;
    file.directory = call.directory;
  }
  return file;
}

void OrderingChecker::create(Database* database, const FileCall& call, const Status& status) {
  if (!status.is_ok()) return;
  if (database->is_being_destroyed) *database = Database();
  if (!database->names_ever.insert(call.name).second && !may_be_created_again(call.name)) {
    violation("c", call, "the name was used before");
  }
  if (call.name == kCurrentFileName) violation("a1", call, "CURRENT is written in place");
  File file;
  file.is_open = true;
  file.directory = call.directory;
  file.manifest_syncs_before = database->manifest_syncs;
  file.manifest_attempts_before = database->manifest_attempts;
  database->files[call.name] = file;
  if (is_manifest(call.name)) database->newest_manifest = call.name;
}

void OrderingChecker::write(Database* database, const FileCall& call, const Status& status) {
  File& file = find(database, call);
  if (!file.is_open) violation("c", call, "written after it was sealed");
  if (file.sync_failed) violation("d", call, "written after a failed sync");
  file.is_dirty = true;
  if (is_manifest(call.name) && !options_.has_concurrent_jobs) ++database->manifest_attempts;
  if (status.is_ok()) {
    file.size = std::max(file.size, call.offset + call.size);
  } else {
    file.has_failed = true;
  }
}

void OrderingChecker::sync(Database* database, const FileCall& call, const Status& status) {
  File& file = find(database, call);
  if (!file.is_open) violation("c", call, "synced after it was sealed");
  if (file.sync_failed) violation("d", call, "synced again after a failed sync");
  if (is_manifest(call.name)) {
    check_tables(*database, call);
    ++database->manifest_attempts;
    if (status.is_ok()) ++database->manifest_syncs;
  }
  if (status.is_ok()) {
    file.is_dirty = false;
    file.was_synced = true;
  } else {
    file.sync_failed = true;
    file.has_failed = true;
  }
}

void OrderingChecker::close(Database* database, const FileCall& call, const Status& status) {
  File& file = find(database, call);
  file.is_open = false;
  if (!call.is_abandoned) {
    file.is_closed = true;
    if (!status.is_ok()) file.has_failed = true;
  }
  if (is_log(call.name)) {
    file.manifest_syncs_before = database->manifest_syncs;
    file.manifest_attempts_before = database->manifest_attempts;
  }
}

void OrderingChecker::rename(Database* database, const FileCall& call, const Status& status) {
  File file = find(database, call);
  if (call.name == kCurrentFileName) database->is_being_destroyed = true;
  if (call.new_name == kCurrentFileName) {
    if (call.name != kCurrentTempFileName) violation("a1", call, "CURRENT comes from another name");
    if (file.is_dirty || !file.was_synced) violation("a1", call, "CURRENT.tmp is not synced");
    const auto manifest = database->files.find(database->newest_manifest);
    if (manifest != database->files.end()) {
      if (!manifest->second.was_synced) violation("a2", call, "the new manifest is not synced");
      if (!manifest->second.has_durable_name)
        violation("a2", call, "the name of the new manifest is not synced");
    }
    // Even a rename that reports failure may have happened.
    database->current_targets.insert(database->newest_manifest);
    database->renamed_to_manifest = database->newest_manifest;
    if (status.is_ok()) database->rename_is_unsynced = true;
  }
  if (!status.is_ok()) return;
  database->files.erase(call.name);
  file.has_durable_name = false;
  database->files[call.new_name] = file;
}

void OrderingChecker::sync_directory(Database* database, const FileCall& call, const Status& status) {
  if (!status.is_ok()) return;
  for (auto& [name, file] : database->files)
    if (file.directory == call.directory) file.has_durable_name = true;
  if (database->rename_is_unsynced && home_of(call.directory) == call.directory) {
    database->rename_is_unsynced = false;
    database->current_is_known = true;
    database->current_targets = {database->renamed_to_manifest};
  }
}

void OrderingChecker::remove(Database* database, const FileCall& call, const Status& status) {
  if (status.code() == Code::kMissingFile) return;
  const File file = find(database, call);
  if (call.name == kCurrentFileName) database->is_being_destroyed = true;
  if (!database->is_being_destroyed) {
    const bool may_be_of_others = options_.has_concurrent_jobs && !is_manifest(call.name);
    if (database->rename_is_unsynced && !may_be_of_others)
      violation("a3", call, "the rename of CURRENT is not synced yet");
    check_removal(*database, file, call);
  }
  if (status.is_ok()) database->files.erase(call.name);
}

void OrderingChecker::check_removal(const Database& database, const File& file, const FileCall& call) {
  if (is_manifest(call.name)) {
    const bool may_be_current = database.current_targets.count(call.name) != 0 ||
                                (file.predates_checker && !database.current_is_known);
    if (may_be_current) violation("e", call, "CURRENT may still point at it");
    return;
  }
  if (!is_table(call.name) && !is_log(call.name)) return;
  const bool is_discarded = is_table(call.name) && (!file.is_closed || file.has_failed);
  if (is_discarded || file.size <= kFileHeaderSize) return;
  if (database.manifest_syncs > file.manifest_syncs_before) return;
  const bool was_tried = database.manifest_attempts > file.manifest_attempts_before;
  // No manifest can name a table when none was written to since: the outputs of a job that failed or was
  // cancelled.
  if (is_table(call.name) && !file.predates_checker && !was_tried) return;
  violation(
      "e", call,
      was_tried ? "the manifest was written to, but not synced, since" : "no manifest was synced since");
}

void OrderingChecker::check_tables(const Database& database, const FileCall& call) {
  for (const auto& [name, file] : database.files) {
    if (!is_table(name) || !file.is_closed || file.has_failed || file.predates_checker) continue;
    if (file.is_dirty || !file.was_synced) violation("b", call, name + " is finished but not synced");
    if (!file.has_durable_name && !options_.has_concurrent_jobs) {
      violation("b", call, "the name of " + name + " is not synced");
    }
  }
}

void OrderingChecker::violation(const char* rule, const FileCall& call, const std::string& what) {
  if (violations_.size() >= kViolationCountMax) return;
  violations_.push_back(std::string(rule) + ": call " + std::to_string(call.index) + ", " +
                        describe_call(call) + ": " + what);
}

}  // namespace wombat
