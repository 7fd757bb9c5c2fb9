#include "isolation/reference_store.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace wombat::isolation {

namespace {

constexpr size_t kLateMax = 8;         // commits that are held back: kLateCommit, kLateLog
constexpr uint64_t kStaleCommits = 6;  // kStaleSnapshot, kTornSnapshot

constexpr std::chrono::microseconds kLogPause(200);  // kSlowLog, kTornLog

}  // namespace

class ReferenceTransaction : public Transaction {
 public:
  ReferenceTransaction(ReferenceStore* store, IsolationLevel level, TransactionKind kind, uint64_t start)
      : store_(*store), level_(level), kind_(kind), start_(start) {}
  ~ReferenceTransaction() override {
    if (!is_over_) abort();
  }

  CallResult get(const std::string& key, std::optional<std::string>* value) override {
    const std::lock_guard lock(store_.mutex_);
    value->reset();
    const auto own = writes_.find(key);
    if (own != writes_.end() && !store_.strikes(Fault::kOwnWritesHidden)) {
      *value = own->second;
      return CallResult::kOk;
    }
    if (store_.strikes(Fault::kDirtyReads)) {
      const auto dirty = store_.uncommitted_.find(key);
      if (dirty != store_.uncommitted_.end()) {
        *value = dirty->second;
        return CallResult::kOk;
      }
    }
    if (is_deleted_by_range(key)) return CallResult::kOk;
    const auto* const found = store_.find(key, read_timestamp(true));
    if (found != nullptr) *value = *found;
    if (value->has_value() || store_.fault_ != Fault::kNoMissValidation) read_keys_.insert(key);
    return CallResult::kOk;
  }

  CallResult put(const std::string& key, const std::string& value) override { return write(key, value); }
  CallResult remove(const std::string& key) override { return write(key, std::nullopt); }

  CallResult remove_range(const std::string& lower, const std::string& upper) override {
    const std::lock_guard lock(store_.mutex_);
    writes_.erase(writes_.lower_bound(lower), writes_.lower_bound(upper));
    deleted_ranges_.emplace_back(lower, upper);
    return CallResult::kOk;
  }

  CallResult range_read(const std::string& lower, const std::string& upper,
                        std::vector<KeyValue>* rows) override {
    const std::lock_guard lock(store_.mutex_);
    const bool is_newest = store_.fault_ == Fault::kRangeWithoutSnapshot;
    const uint64_t timestamp = is_newest ? store_.newest_ : read_timestamp(false);
    std::map<std::string, std::string> found;
    for (auto row = store_.rows_.lower_bound(lower); row != store_.rows_.end() && row->first < upper; ++row) {
      const auto* const value = store_.find(row->first, timestamp);
      if (value == nullptr) continue;
      if (value->has_value()) {
        if (!store_.strikes(Fault::kLostRows, 20)) found[row->first] = **value;
      } else if (store_.fault_ == Fault::kDeletedRows && row->second.size() > 1) {
        const auto& before = row->second[row->second.size() - 2].value;
        if (before) found[row->first] = *before;
      }
      if (store_.fault_ == Fault::kFoundRowsOnly && value->has_value()) read_keys_.insert(row->first);
    }
    if (store_.fault_ != Fault::kOwnWritesNotInRanges) {
      std::erase_if(found, [this](const auto& row) { return is_deleted_by_range(row.first); });
      for (auto own = writes_.lower_bound(lower); own != writes_.end() && own->first < upper; ++own) {
        found.erase(own->first);
        if (own->second) found[own->first] = *own->second;
      }
    }
    rows->assign(found.begin(), found.end());
    if (store_.fault_ != Fault::kNoRangeValidation && store_.fault_ != Fault::kFoundRowsOnly)
      read_ranges_.emplace_back(lower, upper);
    return CallResult::kOk;
  }

  CallResult commit(uint64_t* timestamp) override {
    const std::lock_guard lock(store_.mutex_);
    *timestamp = 0;
    finish();
    if (writes_.empty() && deleted_ranges_.empty()) return CallResult::kOk;
    if (!is_valid()) return CallResult::kConflict;
    for (const auto& [lower, upper] : deleted_ranges_) delete_rows(lower, upper);
    const bool is_batch = kind_ == TransactionKind::kBatch;
    const uint64_t committed_at = store_.commit(writes_, is_batch);
    for (const auto& [lower, upper] : deleted_ranges_)
      store_.range_deletes_.push_back({committed_at, lower, upper});
    if (!is_batch) *timestamp = committed_at;
    return CallResult::kOk;
  }

  void abort() override {
    const std::lock_guard lock(store_.mutex_);
    finish();
    if (!writes_.empty() && store_.strikes(Fault::kAbortInPart))
      store_.apply({*writes_.begin()}, ++store_.newest_);
  }

  std::string error_text() const override { return error_; }

 private:
  CallResult write(const std::string& key, std::optional<std::string> value) {
    const std::lock_guard lock(store_.mutex_);
    if (kind_ == TransactionKind::kReadOnly) {
      error_ = "the transaction is read-only";
      return CallResult::kFailed;
    }
    const auto before = writes_.find(key);
    if (store_.fault_ == Fault::kIntermediateReads && before != writes_.end())
      store_.apply({*before}, ++store_.newest_);
    if (value) store_.uncommitted_[key] = *value;
    writes_[key] = std::move(value);
    return CallResult::kOk;
  }

  /// Of the state that a read sees.
  uint64_t read_timestamp(bool is_get) {
    if (level_ == IsolationLevel::kReadCommitted) return store_.newest_;
    if (is_get && store_.strikes(Fault::kTornSnapshot)) return start_ - std::min(start_, kStaleCommits);
    return start_;
  }

  bool is_valid() const {
    if (kind_ == TransactionKind::kBatch) return true;
    if (level_ == IsolationLevel::kReadCommitted || store_.fault_ == Fault::kNoValidation) return true;
    if (store_.fault_ != Fault::kNoWriteValidation) {
      for (const auto& [key, value] : writes_) {
        if (store_.is_key_changed_since(key, start_)) return false;
      }
      for (const auto& [lower, upper] : deleted_ranges_) {
        if (store_.is_range_changed_since(lower, upper, start_)) return false;
      }
    }
    if (level_ == IsolationLevel::kSnapshot || store_.fault_ == Fault::kNoReadValidation) return true;
    for (const std::string& key : read_keys_) {
      if (store_.is_key_changed_since(key, start_)) return false;
    }
    for (const auto& [lower, upper] : read_ranges_) {
      if (store_.is_range_changed_since(lower, upper, start_)) return false;
    }
    return true;
  }

  bool is_deleted_by_range(const std::string& key) const {
    return std::any_of(deleted_ranges_.begin(), deleted_ranges_.end(),
                       [&](const auto& range) { return range.first <= key && key < range.second; });
  }

  /// What is there at the commit and was not written again behind the range delete.
  void delete_rows(const std::string& lower, const std::string& upper) {
    for (auto row = store_.rows_.lower_bound(lower); row != store_.rows_.end() && row->first < upper; ++row) {
      if (row->second.back().value) writes_.emplace(row->first, std::nullopt);
    }
  }

  void finish() {
    is_over_ = true;
    for (const auto& [key, value] : writes_) {
      const auto dirty = store_.uncommitted_.find(key);
      if (dirty != store_.uncommitted_.end() && value == dirty->second) store_.uncommitted_.erase(dirty);
    }
  }

  ReferenceStore& store_;
  const IsolationLevel level_;
  const TransactionKind kind_;
  const uint64_t start_;
  WriteSet writes_;
  std::vector<std::pair<std::string, std::string>> deleted_ranges_;
  std::set<std::string> read_keys_;
  std::vector<std::pair<std::string, std::string>> read_ranges_;
  bool is_over_ = false;
  std::string error_;
};

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
  if (fault_ == Fault::kCommitInPieces) {
    for (const auto& [timestamp, piece] : late_) apply(piece, timestamp);
    late_.clear();
    if (kept.size() > 1) {
      late_.emplace_back(newest_, WriteSet{*kept.begin()});
      kept.erase(kept.begin());
    }
  }
  apply(kept, newest_, is_batch);
  return newest_;
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
