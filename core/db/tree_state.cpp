#include "db/tree_state.h"

#include <algorithm>

namespace wombat {

namespace {

/// Those that `edit` adds and does not merely move.
std::vector<uint64_t> numbers_of_new_tables(const VersionEdit& edit) {
  std::vector<uint64_t> numbers;
  for (const VersionEdit::Added& added : edit.added) numbers.push_back(added.table.number);
  for (const VersionEdit::Removed& removed : edit.removed) std::erase(numbers, removed.number);
  return numbers;
}

VersionPtr version_of(const ManifestState& state, uint32_t keyspace) {
  return keyspace == kDefaultKeyspace ? state.version : state.find_keyspace(keyspace)->version;
}

/// Of the keyspaces, the default one apart, that `edit` has changed.
std::unordered_map<uint32_t, VersionPtr> versions_of(const VersionEdit& edit, const ManifestState& changed) {
  std::unordered_map<uint32_t, VersionPtr> versions;
  const auto add = [&](uint32_t id) {
    const KeyspacePtr keyspace = changed.find_keyspace(id);
    if (keyspace != nullptr) versions[id] = keyspace->version;
  };
  for (const VersionEdit::Keyspace& change : edit.keyspaces) add(change.id);
  for (const VersionEdit::Added& added : edit.added) add(added.keyspace);
  for (const VersionEdit::Removed& removed : edit.removed) add(removed.keyspace);
  return versions;
}

}  // namespace

Status TreeState::begin_with(ManifestState state) {
  std::lock_guard lock(mutex_);
  state_ = std::move(state);
  set_versions();
  return begin_manifest_locked();
}

Status TreeState::begin_manifest_locked() {
  const uint64_t number = new_file_number();
  state_.next_file_number = next_file_number_.load();
  const uint64_t old_number = manifest_ != nullptr ? manifest_->number() : old_manifest_number_;
  manifest_.reset();
  old_manifest_number_ = old_number;
  free_orphans_.reserve(free_orphans_.size() + orphans_.size());
  WOMBAT_ASSIGN(manifest_, Manifest::create(directory_, number, state_));
  free_orphans_.insert(free_orphans_.end(), orphans_.begin(), orphans_.end());
  orphans_.clear();
  orphan_values_.clear();
  manifest_size_next_ = std::max(manifest_size_max_.load(), 4 * manifest_->size());
  if (old_number != 0) {
    // A manifest that stays behind is harmless: CURRENT does not name it, and the next open removes it.
    const Status removed = directory_.remove_file(file_name(FileKind::kManifest, old_number));
    if (removed) old_manifest_number_ = 0;
  }
  return Status::ok();
}

Status TreeState::apply(VersionEdit edit, uint64_t* flush_count) {
  std::lock_guard lock(mutex_);
  WOMBAT_TRY(failure_);  // the tables stay until the next open
  if (Status checked = check_keyspaces(edit); !checked) {
    const std::vector<uint64_t> made = numbers_of_new_tables(edit);
    free_orphans_.insert(free_orphans_.end(), made.begin(), made.end());
    return checked;
  }
  edit.next_file_number = next_file_number_.load();
  WOMBAT_ASSIGN(ManifestState changed, apply_edit(state_, edit, [this](const TableInfo& info) {
                  return tables_.make_handle(info);
                }));
  std::vector<TablePtr> dropped;
  for (const VersionEdit::Removed& removed : edit.removed) {
    const bool is_moved =
        std::any_of(edit.added.begin(), edit.added.end(),
                    [&](const VersionEdit::Added& added) { return added.table.number == removed.number; });
    if (is_moved) continue;
    const VersionPtr before = version_of(state_, removed.keyspace);
    for (const Run& run : before->levels[removed.level].runs)
      for (const TablePtr& table : run.tables)
        if (table->info.number == removed.number) dropped.push_back(table);
  }
  std::unordered_map<uint32_t, VersionPtr> versions = versions_of(edit, changed);
  {
    std::lock_guard version_lock(version_mutex_);
    versions_.reserve(versions_.size() + versions.size());
  }
  for (const VersionEdit::Keyspace& change : edit.keyspaces) {
    if (!change.is_dropped) continue;
    for (const Level& level : state_.find_keyspace(change.id)->version->levels)
      for (const Run& run : level.runs) dropped.insert(dropped.end(), run.tables.begin(), run.tables.end());
  }
  std::vector<uint64_t> made = numbers_of_new_tables(edit);
  orphans_.reserve(orphans_.size() + made.size());
  std::vector<ValueFilePtr> made_values;
  for (const VersionEdit::Added& added : edit.added) {
    const std::vector<ValueFilePtr> files = tables_.held_files(added.table);
    made_values.insert(made_values.end(), files.begin(), files.end());
  }
  orphan_values_.reserve(orphan_values_.size() + made_values.size());
  const auto keep_orphans = [&] {
    orphans_.insert(orphans_.end(), made.begin(), made.end());
    orphan_values_.insert(orphan_values_.end(), made_values.begin(), made_values.end());
  };
  Status written;
  if (manifest_ == nullptr || manifest_->size() >= manifest_size_next_) written = begin_manifest_locked();
  if (!written) {
    keep_orphans();
    return written;
  }
  if (Status appended = manifest_->append(edit); !appended) {
    keep_orphans();
    // The record may be there all the same. A fresh manifest without it must be in force before anything else
    // happens.
    old_manifest_number_ = manifest_->number();
    manifest_.reset();
    if (appended.code() != Code::kNoSpace) failure_ = appended;
    return appended;
  }
  std::swap(state_, changed);
  {
    std::lock_guard version_lock(version_mutex_);
    version_ = state_.version;
    if (flush_count != nullptr) ++*flush_count;
    // The entries of those that were there are assigned, those of new ones move in: no memory is taken.
    for (auto& [id, version] : versions) {
      const auto found = versions_.find(id);
      if (found != versions_.end()) found->second = version;
    }
    versions_.merge(versions);
    for (const VersionEdit::Keyspace& change : edit.keyspaces)
      if (change.is_dropped) versions_.erase(change.id);
  }
  for (const TablePtr& table : dropped) as_open(table).mark_obsolete();
  return Status::ok();
}

std::vector<uint64_t> TreeState::take_orphans() noexcept {
  std::lock_guard lock(mutex_);
  return std::exchange(free_orphans_, {});
}

Status TreeState::close() {
  std::lock_guard lock(mutex_);
  return manifest_ == nullptr ? Status::ok() : manifest_->close();
}

/// Keyspaces are dropped while jobs are at work for them.
Status TreeState::check_keyspaces(const VersionEdit& edit) const {
  const auto check = [&](uint32_t id) {
    if (id == kDefaultKeyspace || state_.find_keyspace(id) != nullptr) return Status::ok();
    return Status(Code::kDropped, "the keyspace was dropped");
  };
  for (const VersionEdit::Keyspace& change : edit.keyspaces)
    if (!change.created) WOMBAT_TRY(check(change.id));
  for (const VersionEdit::Added& added : edit.added) WOMBAT_TRY(check(added.keyspace));
  for (const VersionEdit::Removed& removed : edit.removed) WOMBAT_TRY(check(removed.keyspace));
  return Status::ok();
}

void TreeState::set_versions() {
  std::lock_guard lock(version_mutex_);
  version_ = state_.version;
  versions_.clear();
  for (const KeyspacePtr& keyspace : state_.keyspaces) versions_.emplace(keyspace->id, keyspace->version);
}

VersionPtr TreeState::version(uint32_t keyspace) const {
  std::lock_guard lock(version_mutex_);
  return find_version(keyspace);
}

VersionPtr TreeState::version(uint32_t keyspace, const uint64_t& flush_count, uint64_t* seen) const {
  std::lock_guard lock(version_mutex_);
  *seen = flush_count;
  return find_version(keyspace);
}

VersionPtr TreeState::find_version(uint32_t keyspace) const {
  if (keyspace == kDefaultKeyspace) return version_;
  const auto found = versions_.find(keyspace);
  return found != versions_.end() ? found->second : empty_version_;
}

uint32_t TreeState::next_keyspace() const {
  std::lock_guard lock(mutex_);
  return state_.next_keyspace;
}

bool TreeState::is_certain() const {
  std::lock_guard lock(mutex_);
  return manifest_ != nullptr;
}

ManifestState TreeState::copy() const {
  std::lock_guard lock(mutex_);
  return state_;
}

uint64_t TreeState::log_number_min() const {
  std::lock_guard lock(mutex_);
  return state_.log_number_min;
}

uint64_t TreeState::manifest_number() const {
  std::lock_guard lock(mutex_);
  return manifest_ == nullptr ? 0 : manifest_->number();
}

Status TreeState::failure() const {
  std::lock_guard lock(mutex_);
  return failure_;
}

}  // namespace wombat
