#include "isolation/history_index.h"

#include <algorithm>

namespace wombat::isolation {

namespace {

/// Of one key. A range delete is a write of the keys in it that others write.
bool is_write(const Operation& operation) {
  return operation.kind == OperationKind::kWrite || operation.kind == OperationKind::kAppend ||
         operation.kind == OperationKind::kDelete;
}

}  // namespace

HistoryIndex::HistoryIndex(const History& history) : history_(history) {
  for (const RecordedTransaction& transaction : history.transactions) {
    for (const Operation& operation : transaction.operations) {
      if (is_write(operation)) keys_.push_back(operation.key);
    }
  }
  std::sort(keys_.begin(), keys_.end());
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
  collect_versions();
  resolve_in_doubt();
}

void HistoryIndex::collect_versions() {
  for (uint32_t t = 0; t < transaction_count(); ++t) {
    first_version_of_transaction_.push_back(static_cast<uint32_t>(versions_.size()));
    std::vector<size_t> savepoints;
    for (const Operation& operation : transaction(t).operations) collect_operation(t, operation, &savepoints);
    find_installed(first_version_of_transaction_.back());
  }
  first_version_of_transaction_.push_back(static_cast<uint32_t>(versions_.size()));

  first_of_key_.assign(keys_.size() + 1, 0);
  for (const Version& version : versions_) ++first_of_key_[version.key + 1];
  for (size_t k = 0; k < keys_.size(); ++k) first_of_key_[k + 1] += first_of_key_[k];
  by_key_.resize(versions_.size());
  std::vector<uint32_t> next(first_of_key_.begin(), first_of_key_.end());
  for (uint32_t v = 0; v < versions_.size(); ++v) by_key_[next[versions_[v].key]++] = v;
}

/// Of the transaction that is the last so far. `*savepoints`: how many versions there were at each that is open.
void HistoryIndex::collect_operation(uint32_t transaction, const Operation& operation,
                                     std::vector<size_t>* savepoints) {
  if (operation.kind == OperationKind::kDeleteRange) {
    for (uint32_t k = key_lower_bound(operation.key); k < keys_.size() && keys_[k] < operation.upper; ++k)
      add_version(transaction, k, 0);
  } else if (is_write(operation)) {
    const Value value = operation.kind == OperationKind::kDelete ? 0 : operation.value;
    add_version(transaction, key_index(operation.key), value);
  } else if (operation.kind == OperationKind::kSavepoint) {
    savepoints->push_back(versions_.size());
  } else if (operation.kind == OperationKind::kRollback && !savepoints->empty()) {
    for (size_t v = savepoints->back(); v < versions_.size(); ++v) versions_[v].is_undone = true;
    savepoints->pop_back();
  } else if (operation.kind == OperationKind::kRelease && !savepoints->empty()) {
    savepoints->pop_back();
  }
}

void HistoryIndex::add_version(uint32_t transaction, uint32_t key, Value value) {
  if (value != 0) by_value_.emplace(value, static_cast<uint32_t>(versions_.size()));
  versions_.push_back({.key = key, .transaction = transaction, .value = value});
}

/// Among the versions from `first` on, which are all of one transaction.
void HistoryIndex::find_installed(size_t first) {
  for (size_t v = versions_.size(); v-- > first;) {
    const uint32_t key = versions_[v].key;
    versions_[v].is_installed =
        !versions_[v].is_undone &&
        std::none_of(versions_.begin() + static_cast<ptrdiff_t>(v) + 1, versions_.end(),
                     [key](const Version& later) { return later.key == key && later.is_installed; });
  }
}

void HistoryIndex::resolve_in_doubt() {
  happened_.assign(transaction_count(), false);
  std::vector<uint32_t> pending;
  for (uint32_t t = 0; t < transaction_count(); ++t) {
    if (transaction(t).outcome == Outcome::kCommitted) happened_[t] = true;
  }
  for (uint32_t t = 0; t < transaction_count(); ++t) {
    if (transaction(t).outcome != Outcome::kCommitted) continue;
    for (const Operation& operation : transaction(t).operations) {
      note_seen(operation.content, &pending);
      for (const Row& row : operation.rows) note_seen(row.content, &pending);
    }
  }
  spread(std::move(pending));
}

/// Queues the transactions in doubt whose writes are in `content`.
void HistoryIndex::note_seen(const Content& content, std::vector<uint32_t>* pending) {
  for (const Value value : content) {
    const uint32_t version = version_of(value);
    if (version == kNone) continue;
    const uint32_t t = versions_[version].transaction;
    if (happened_[t] || transaction(t).outcome != Outcome::kUnknown) continue;
    happened_[t] = true;
    pending->push_back(t);
  }
}

/// Who happened saw only what happened.
void HistoryIndex::spread(std::vector<uint32_t> pending) {
  for (size_t i = 0; i < pending.size(); ++i) {
    const uint32_t t = pending[i];
    for (const Operation& operation : transaction(t).operations) {
      note_seen(operation.content, &pending);
      for (const Row& row : operation.rows) note_seen(row.content, &pending);
    }
  }
}

void HistoryIndex::declare_happened(uint32_t transaction) {
  happened_[transaction] = true;
  spread({transaction});
}

uint32_t HistoryIndex::key_lower_bound(Key key) const {
  return static_cast<uint32_t>(std::lower_bound(keys_.begin(), keys_.end(), key) - keys_.begin());
}

uint32_t HistoryIndex::key_index(Key key) const {
  const uint32_t index = key_lower_bound(key);
  return index < keys_.size() && keys_[index] == key ? index : kNone;
}

uint32_t HistoryIndex::version_of(Value value) const {
  const auto found = by_value_.find(value);
  return found == by_value_.end() ? kNone : found->second;
}

std::span<const uint32_t> HistoryIndex::versions_of_key(uint32_t key) const {
  return {by_key_.data() + first_of_key_[key], first_of_key_[key + 1] - first_of_key_[key]};
}

uint32_t HistoryIndex::installed_by(uint32_t transaction, uint32_t key) const {
  for (uint32_t v = first_version_of_transaction_[transaction];
       v < first_version_of_transaction_[transaction + 1]; ++v) {
    if (versions_[v].key == key && versions_[v].is_installed) return v;
  }
  return kNone;
}

}  // namespace wombat::isolation
