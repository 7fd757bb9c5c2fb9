#include "isolation/reference_store.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "isolation/reference_transaction.h"

namespace wombat::isolation {

namespace {

constexpr size_t kLateMax = 8;                       // commits that are held back: kLateCommit, kLateLog
constexpr std::chrono::microseconds kLogPause(200);  // kSlowLog, kTornLog

}  // namespace

ReferenceStore::ReferenceStore(Fault fault, uint64_t seed, const std::string& log_path)
    : fault_(fault), random_(seed) {
  if (!log_path.empty()) log_.open(log_path, [this](const WriteSet& writes) { apply(writes, ++newest_); });
}

std::unique_ptr<Transaction> ReferenceStore::begin(IsolationLevel level, TransactionKind kind,
                                                   std::string* /*failure*/) {
  const std::lock_guard lock(mutex_);
  return std::make_unique<ReferenceTransaction>(this, level, kind, snapshot_timestamp());
}

uint64_t ReferenceStore::snapshot_timestamp() {
  return strikes(Fault::kStaleSnapshot) ? newest_ - std::min(newest_, kStaleCommits) : newest_;
}

const std::optional<std::string>* ReferenceStore::find(const std::string& key, uint64_t timestamp) const {
  const auto row = rows_.find(key);
  if (row == rows_.end()) return nullptr;
  for (auto version = row->second.rbegin(); version != row->second.rend(); ++version) {
    if (version->timestamp <= timestamp) return &version->value;
  }
  return nullptr;
}

bool ReferenceStore::is_changed_since(const Versions& versions, uint64_t timestamp) const {
  for (auto version = versions.rbegin(); version != versions.rend() && version->timestamp > timestamp;
       ++version) {
    const bool is_overlooked = (fault_ == Fault::kBatchesNotValidated && version->is_of_batch) ||
                               (fault_ == Fault::kDeletesNotValidated && !version->value);
    if (!is_overlooked) return true;
  }
  return false;
}

/// Of keys that are in no row, too: a range delete is a write of all that it covers.
bool ReferenceStore::is_range_deleted_since(const std::string& lower, const std::string& upper,
                                            uint64_t timestamp) const {
  for (auto range = range_deletes_.rbegin(); range != range_deletes_.rend() && range->timestamp > timestamp;
       ++range) {
    if (range->lower < upper && lower < range->upper) return fault_ != Fault::kDeletesNotValidated;
  }
  return false;
}

bool ReferenceStore::is_key_changed_since(const std::string& key, uint64_t timestamp) const {
  const auto row = rows_.find(key);
  if (row != rows_.end() && is_changed_since(row->second, timestamp)) return true;
  return is_range_deleted_since(key, key + '\0', timestamp);
}

bool ReferenceStore::is_range_changed_since(const std::string& lower, const std::string& upper,
                                            uint64_t timestamp) const {
  for (auto row = rows_.lower_bound(lower); row != rows_.end() && row->first < upper; ++row) {
    if (is_changed_since(row->second, timestamp)) return true;
  }
  return is_range_deleted_since(lower, upper, timestamp);
}

void ReferenceStore::apply(const WriteSet& writes, uint64_t timestamp, bool is_batch) {
  for (const auto& [key, value] : writes) rows_[key].push_back({timestamp, value, is_batch});
}

uint64_t ReferenceStore::commit(const WriteSet& writes, bool is_batch) {
  WriteSet kept = writes;
  if (kept.size() > 1 && strikes(Fault::kDroppedWrite)) kept.erase(kept.begin());
  if (log_.is_open()) log(kept);
  if (fault_ == Fault::kLateCommit) {
    late_.emplace_back(++newest_, kept);
    if (late_.size() > kLateMax) {
      apply(late_.front().second, late_.front().first);
      late_.erase(late_.begin());
    }
    return newest_;
  }
  if (!strikes(Fault::kSameTimestamp, 20)) ++newest_;
  if (fault_ == Fault::kCommitInPieces || fault_ == Fault::kKeyspacesApart) {
    for (const auto& [timestamp, piece] : late_) apply(piece, timestamp);
    late_.clear();
    late_.emplace_back(newest_, take_late_piece(&kept));
  }
  apply(kept, newest_, is_batch);
  return newest_;
}

/// What becomes visible with the next commit only.
WriteSet ReferenceStore::take_late_piece(WriteSet* writes) const {
  WriteSet piece;
  if (fault_ == Fault::kKeyspacesApart) {
    const auto second = writes->lower_bound(row_name({1, ""}));
    piece.insert(second, writes->end());
    writes->erase(second, writes->end());
  } else if (writes->size() > 1) {
    piece.insert(*writes->begin());
    writes->erase(writes->begin());
  }
  return piece;
}

void ReferenceStore::log(const WriteSet& writes) {
  if (fault_ == Fault::kSlowLog) {
    std::this_thread::sleep_for(kLogPause);
    log_.append(writes);
    return std::this_thread::sleep_for(kLogPause);
  }
  if (fault_ == Fault::kTornLog && writes.size() > 1) {
    log_.append({*writes.begin()});
    std::this_thread::sleep_for(kLogPause);
    WriteSet others = writes;
    others.erase(others.begin());
    return log_.append(others);
  }
  if (fault_ != Fault::kLateLog) return log_.append(writes);
  unlogged_.push_back(writes);
  if (unlogged_.size() < kLateMax) return;
  for (const WriteSet& unlogged : unlogged_) log_.append(unlogged);
  unlogged_.clear();
}

}  // namespace wombat::isolation
