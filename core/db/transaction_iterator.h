/// A transaction's cursor: the rows of the database as of its start, with the writes that the transaction had made when
/// the cursor was made on top. What it goes over, rows and gaps alike, is noted as read.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/db_iterator.h"
#include "txn/range_map.h"

namespace wombat {

class Transaction;

/// One thread at a time, the transaction's. Moves and results as of DbIterator.
class TransactionIterator {
 public:
  /// `rows` shows the database alone, within the bounds of `settings`.
  TransactionIterator(std::shared_ptr<Transaction> transaction, uint32_t keyspace,
                      std::unique_ptr<DbIterator> rows, IteratorSettings settings);
  ~TransactionIterator();
  TransactionIterator(const TransactionIterator&) = delete;
  TransactionIterator& operator=(const TransactionIterator&) = delete;

  /// A row of the transaction's own that hides the database's. They are added in order, before the first move.
  struct OwnRow {
    std::string key;
    std::string value;
    bool is_deleted = false;
    Status failure;  // when its merges cannot be worked out
    uint64_t expires_at_us = kNeverExpires;
  };
  void add_own(OwnRow row) { own_.push_back(std::move(row)); }
  void set_cleared(RangeMap cleared) { cleared_ = std::move(cleared); }

  Transaction& transaction() const { return *transaction_; }
  bool valid() const { return place_ == Place::kOnRow; }
  Bytes key() const { return own_row_ != nullptr ? Bytes(own_row_->key) : rows_->rows().key(); }
  Bytes value() const { return own_row_ != nullptr ? Bytes(own_row_->value) : rows_->rows().value(); }
  /// As those of VisibleIterator.
  size_t value_size() const {
    return own_row_ != nullptr ? own_row_->value.size() : rows_->rows().value_size();
  }
  bool is_elsewhere() const { return own_row_ == nullptr && rows_->rows().is_elsewhere(); }
  Status value_here(Bytes* bytes) {
    if (own_row_ == nullptr) return rows_->value_here(bytes);
    *bytes = own_row_->value;
    return Status::ok();
  }
  /// As VisibleIterator::expires_at_us().
  uint64_t expires_at_us() const {
    return own_row_ != nullptr ? own_row_->expires_at_us : rows_->rows().expires_at_us();
  }
  /// Why there is no row; OK at an end.
  Status status() const {
    if (place_ != Place::kFailed) return Status::ok();
    return own_failure_ ? rows_->rows().status() : own_failure_;
  }

  void seek_first();
  void seek_last();
  void seek(Bytes key);
  void seek_for_prev(Bytes key);
  void step(bool forward);
  bool steps_plainly(bool /*forward*/) { return false; }
  /// Takes back the last step, which was in this direction: for who looked one row too far.
  void unread(bool forward) {
    is_unread_ = true;
    unread_forward_ = forward;
  }
  bool is_unread() const { return is_unread_; }

  /// Tells the transaction what was gone over since the last seek.
  void note_scan();
  /// Whether the transaction is told: from when it knows the iterator until one of them ends.
  bool is_attached() const { return is_attached_.load(std::memory_order_relaxed); }
  void attach() noexcept { is_attached_.store(true, std::memory_order_relaxed); }
  void detach() noexcept { is_attached_.store(false, std::memory_order_relaxed); }

 private:
  enum class Place { kNew, kBeforeFirst, kOnRow, kBehindLast, kFailed };

  Bytes lower() const { return settings_.lower ? Bytes(*settings_.lower) : Bytes(); }
  size_t own_count_below(Bytes key) const;
  void move(bool forward);
  void turn(bool forward);
  void settle(bool forward);
  bool skip_cleared(bool forward);
  bool finds_row_forward();
  bool finds_row_backward();
  void extend_scan();

  const std::shared_ptr<Transaction> transaction_;
  const uint32_t keyspace_;
  const std::unique_ptr<DbIterator> rows_;
  const IteratorSettings settings_;
  std::vector<OwnRow> own_;
  RangeMap cleared_;  // ranges that the transaction has deleted

  // Forward, the database's cursor and own_at_ stand on or behind the row; backward, on or before it, and own_at_ is one
  // more than the index of the next own row.
  Place place_ = Place::kNew;
  bool was_new_ = false;  // before the last step
  bool is_unread_ = false;
  bool unread_forward_ = false;
  bool forward_ = true;
  size_t own_at_ = 0;
  const OwnRow* own_row_ = nullptr;  // the row, when it is one of these
  Status own_failure_;               // of an own row that was come to

  // What was gone over since the last seek, where the cursor stands now not included. Both ends belong to it; none:
  // as far as the bounds reach, or nothing yet.
  std::atomic<bool> is_attached_{false};
  bool is_scanning_ = false;
  bool low_is_open_ = false;
  bool high_is_open_ = false;
  std::optional<std::string> low_;
  std::optional<std::string> high_;
};

}  // namespace wombat
