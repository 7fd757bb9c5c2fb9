#include "isolation/reference_transaction.h"

#include <algorithm>

namespace wombat::isolation {

ReferenceTransaction::~ReferenceTransaction() {
  if (!is_over_) abort();
}

CallResult ReferenceTransaction::get(const StoreKey& key, std::optional<std::string>* value) {
  const std::lock_guard lock(store_.mutex_);
  const bool is_mixed_up = key.keyspace == 1 && store_.strikes(Fault::kKeyspacesMixed);
  get_row(row_name(is_mixed_up ? StoreKey{0, key.text} : key), value);
  return CallResult::kOk;
}

CallResult ReferenceTransaction::get_for_update(const StoreKey& key, std::optional<std::string>* value) {
  const std::lock_guard lock(store_.mutex_);
  const std::string row = row_name(key);
  get_row(row, value);
  update_reads_.emplace(row, level_ == IsolationLevel::kReadCommitted ? store_.newest_ : start_);
  return CallResult::kOk;
}

void ReferenceTransaction::get_row(const std::string& row, std::optional<std::string>* value) {
  value->reset();
  const auto own = writes_.find(row);
  const bool shows_own = own != writes_.end() && !store_.strikes(Fault::kOwnWritesHidden);
  if (shows_own && !own->second.is_merge) {
    *value = own->second.value;
    return;
  }
  const auto undone = rolled_back_.find(row);
  if (undone != rolled_back_.end() && store_.strikes(Fault::kRollbackNotSeen)) {
    *value = undone->second.value;
    return;
  }
  if (store_.strikes(Fault::kDirtyReads)) {
    const auto dirty = store_.uncommitted_.find(row);
    if (dirty != store_.uncommitted_.end()) {
      *value = dirty->second;
      return;
    }
  }
  if (is_deleted_by_range(row)) return;
  const auto* const found = store_.find(row, read_timestamp(true));
  if (found != nullptr) *value = *found;
  if (value->has_value() || store_.fault_ != Fault::kNoMissValidation) read_rows_.insert(row);
  if (shows_own) *value = value->value_or("") + *own->second.value;
}

/// A merge behind an own put or merge becomes part of it.
CallResult ReferenceTransaction::append(const StoreKey& key, const std::string& operand) {
  const std::string row = row_name(key);
  const auto own = writes_.find(row);
  if (own != writes_.end())
    return write(key, {own->second.is_merge, own->second.value.value_or("") + operand});
  return write(key, {!is_deleted_by_range(row), operand});
}

CallResult ReferenceTransaction::write(const StoreKey& key, PendingWrite pending) {
  const std::lock_guard lock(store_.mutex_);
  if (kind_ == TransactionKind::kReadOnly) {
    error_ = "the transaction is read-only";
    return CallResult::kFailed;
  }
  const std::string row = row_name(key);
  const auto before = writes_.find(row);
  if (store_.fault_ == Fault::kIntermediateReads && before != writes_.end())
    store_.apply({{row, work_out(row, before->second, store_.newest_)}}, ++store_.newest_);
  if (pending.value && !pending.is_merge) store_.uncommitted_[row] = *pending.value;
  writes_[row] = std::move(pending);
  return CallResult::kOk;
}

CallResult ReferenceTransaction::remove_range(const StoreKey& lower, const StoreKey& upper) {
  const std::lock_guard lock(store_.mutex_);
  writes_.erase(writes_.lower_bound(row_name(lower)), writes_.lower_bound(row_name(upper)));
  deleted_ranges_.emplace_back(row_name(lower), row_name(upper));
  return CallResult::kOk;
}

CallResult ReferenceTransaction::range_read(const StoreKey& lower, const StoreKey& upper,
                                            std::vector<KeyValue>* rows) {
  const std::lock_guard lock(store_.mutex_);
  const std::string first = row_name(lower);
  const std::string end = row_name(upper);
  const bool is_newest = store_.fault_ == Fault::kRangeWithoutSnapshot;
  const uint64_t timestamp = is_newest ? store_.newest_ : read_timestamp(false);
  std::map<std::string, std::string> found;
  for (auto row = store_.rows_.lower_bound(first); row != store_.rows_.end() && row->first < end; ++row) {
    const auto* const value = store_.find(row->first, timestamp);
    if (value == nullptr) continue;
    if (value->has_value()) {
      if (!store_.strikes(Fault::kLostRows, 20)) found[row->first] = **value;
    } else if (store_.fault_ == Fault::kDeletedRows && row->second.size() > 1) {
      const auto& before = row->second[row->second.size() - 2].value;
      if (before) found[row->first] = *before;
    }
    if (store_.fault_ == Fault::kFoundRowsOnly && value->has_value()) read_rows_.insert(row->first);
  }
  if (store_.fault_ != Fault::kOwnWritesNotInRanges) {
    std::erase_if(found, [this](const auto& row) { return is_deleted_by_range(row.first); });
    for (auto own = writes_.lower_bound(first); own != writes_.end() && own->first < end; ++own) {
      if (!own->second.is_merge) found.erase(own->first);
      if (own->second.value) found[own->first] += *own->second.value;
    }
  }
  rows->clear();
  for (auto& [row, value] : found) rows->emplace_back(row.substr(1), std::move(value));
  if (store_.fault_ != Fault::kNoRangeValidation && store_.fault_ != Fault::kFoundRowsOnly)
    read_ranges_.emplace_back(first, end);
  return CallResult::kOk;
}

CallResult ReferenceTransaction::set_savepoint() {
  savepoints_.push_back({writes_, deleted_ranges_});
  return CallResult::kOk;
}

CallResult ReferenceTransaction::roll_back_to_savepoint() {
  if (savepoints_.empty()) return CallResult::kFailed;
  const bool is_too_far = store_.fault_ == Fault::kRollbackTooFar;
  Savepoint& savepoint = is_too_far ? savepoints_.front() : savepoints_.back();
  for (const auto& [row, pending] : writes_) {
    if (!savepoint.writes.contains(row)) rolled_back_[row] = pending;
  }
  writes_ = savepoint.writes;
  deleted_ranges_ = savepoint.deleted_ranges;
  savepoints_.pop_back();
  return CallResult::kOk;
}

CallResult ReferenceTransaction::release_savepoint() {
  if (savepoints_.empty()) return CallResult::kFailed;
  savepoints_.pop_back();
  return CallResult::kOk;
}

CallResult ReferenceTransaction::commit(uint64_t* timestamp) {
  const std::lock_guard lock(store_.mutex_);
  *timestamp = 0;
  finish();
  if (store_.fault_ == Fault::kKeptRollback) writes_.insert(rolled_back_.begin(), rolled_back_.end());
  if (writes_.empty() && deleted_ranges_.empty()) return CallResult::kOk;
  if (!is_valid()) return CallResult::kConflict;
  const bool is_batch = kind_ == TransactionKind::kBatch;
  const uint64_t committed_at = store_.commit(all_writes(), is_batch);
  for (const auto& [lower, upper] : deleted_ranges_)
    store_.range_deletes_.push_back({committed_at, lower, upper});
  if (!is_batch) *timestamp = committed_at;
  return CallResult::kOk;
}

void ReferenceTransaction::abort() {
  const std::lock_guard lock(store_.mutex_);
  finish();
  if (writes_.empty() || !store_.strikes(Fault::kAbortInPart)) return;
  const auto& [row, pending] = *writes_.begin();
  store_.apply({{row, work_out(row, pending, store_.newest_)}}, ++store_.newest_);
}

/// What a write leaves when it is committed on the state of `timestamp`.
std::optional<std::string> ReferenceTransaction::work_out(const std::string& row, const PendingWrite& pending,
                                                          uint64_t timestamp) {
  if (!pending.is_merge) return pending.value;
  const auto* const below = store_.find(row, timestamp);
  const std::string before = below != nullptr ? below->value_or("") : "";
  return store_.strikes(Fault::kLostMerge, 20) ? before : before + *pending.value;
}

/// With what is there now and lies in a deleted range without having been written again behind it.
WriteSet ReferenceTransaction::all_writes() {
  WriteSet all;
  const uint64_t below = store_.fault_ == Fault::kMergeOfSnapshot ? start_ : store_.newest_;
  for (const auto& [row, pending] : writes_) all[row] = work_out(row, pending, below);
  for (const auto& [lower, upper] : deleted_ranges_) {
    for (auto row = store_.rows_.lower_bound(lower); row != store_.rows_.end() && row->first < upper; ++row) {
      if (row->second.back().value) all.emplace(row->first, std::nullopt);
    }
  }
  return all;
}

/// Of the state that a read sees.
uint64_t ReferenceTransaction::read_timestamp(bool is_get) {
  if (level_ == IsolationLevel::kReadCommitted) return store_.newest_;
  if (is_get && store_.strikes(Fault::kTornSnapshot)) return start_ - std::min(start_, kStaleCommits);
  return start_;
}

bool ReferenceTransaction::is_valid() const {
  if (kind_ == TransactionKind::kBatch || store_.fault_ == Fault::kNoValidation) return true;
  for (const auto& [row, timestamp] : update_reads_) {
    if (store_.fault_ == Fault::kUpdateReadsForgotten) break;
    if (store_.is_key_changed_since(row, timestamp)) return false;
  }
  if (level_ == IsolationLevel::kReadCommitted) return true;
  if (store_.fault_ != Fault::kNoWriteValidation && !are_writes_valid()) return false;
  const bool checks_reads =
      level_ == IsolationLevel::kSerializable && store_.fault_ != Fault::kNoReadValidation;
  return !checks_reads || are_reads_valid();
}

bool ReferenceTransaction::are_writes_valid() const {
  for (const auto& [row, pending] : writes_) {
    const bool is_forgotten = pending.is_merge && store_.fault_ == Fault::kMergeOfSnapshot;
    if (!is_forgotten && store_.is_key_changed_since(row, start_)) return false;
  }
  return std::none_of(deleted_ranges_.begin(), deleted_ranges_.end(), [this](const auto& range) {
    return store_.is_range_changed_since(range.first, range.second, start_);
  });
}

bool ReferenceTransaction::are_reads_valid() const {
  for (const std::string& row : read_rows_) {
    if (store_.is_key_changed_since(row, start_)) return false;
  }
  return std::none_of(read_ranges_.begin(), read_ranges_.end(), [this](const auto& range) {
    return store_.is_range_changed_since(range.first, range.second, start_);
  });
}

bool ReferenceTransaction::is_deleted_by_range(const std::string& row) const {
  return std::any_of(deleted_ranges_.begin(), deleted_ranges_.end(),
                     [&](const auto& range) { return range.first <= row && row < range.second; });
}

void ReferenceTransaction::finish() {
  is_over_ = true;
  for (const auto& [row, pending] : writes_) {
    const auto dirty = store_.uncommitted_.find(row);
    if (dirty != store_.uncommitted_.end() && pending.value == dirty->second)
      store_.uncommitted_.erase(dirty);
  }
}

}  // namespace wombat::isolation
