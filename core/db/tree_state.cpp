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

}  // namespace

Status TreeState::begin_with(ManifestState state) {
  std::lock_guard lock(mutex_);
  state_ = std::move(state);
  set_version();
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
  manifest_size_next_ = std::max(manifest_size_max_.load(), 4 * manifest_->size());
  if (old_number != 0) {
    // A manifest that stays behind is harmless: CURRENT does not name it, and the next open removes it.
    const Status removed = directory_.remove_file(file_name(FileKind::kManifest, old_number));
    if (removed) old_manifest_number_ = 0;
  }
  return Status::ok();
}

Status TreeState::apply(VersionEdit edit) {
  std::lock_guard lock(mutex_);
  WOMBAT_TRY(failure_);  // the tables stay until the next open
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
    for (const Run& run : state_.version->levels[removed.level].runs)
      for (const TablePtr& table : run.tables)
        if (table->info.number == removed.number) dropped.push_back(table);
  }
  std::vector<uint64_t> made = numbers_of_new_tables(edit);
  orphans_.reserve(orphans_.size() + made.size());
  Status written;
  if (manifest_ == nullptr || manifest_->size() >= manifest_size_next_) written = begin_manifest_locked();
  if (!written) {
    orphans_.insert(orphans_.end(), made.begin(), made.end());
    return written;
  }
  if (Status appended = manifest_->append(edit); !appended) {
    orphans_.insert(orphans_.end(), made.begin(), made.end());
    // The record may be there all the same. A fresh manifest without it must be in force before anything else
    // happens.
    old_manifest_number_ = manifest_->number();
    manifest_.reset();
    if (appended.code() != Code::kNoSpace) failure_ = appended;
    return appended;
  }
  state_ = std::move(changed);
  set_version();
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

void TreeState::set_version() {
  std::lock_guard lock(version_mutex_);
  version_ = state_.version;
}

VersionPtr TreeState::version() const {
  std::lock_guard lock(version_mutex_);
  return version_;
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
