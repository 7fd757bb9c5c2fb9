#include "db/transaction_iterator.h"

#include <algorithm>
#include <utility>

#include "db/transaction.h"

namespace wombat {

TransactionIterator::TransactionIterator(std::shared_ptr<Transaction> transaction, uint32_t keyspace,
                                         std::unique_ptr<DbIterator> rows, IteratorSettings settings)
    : transaction_(std::move(transaction)),
      keyspace_(keyspace),
      rows_(std::move(rows)),
      settings_(std::move(settings)) {}

TransactionIterator::~TransactionIterator() { transaction_->let_go(*this); }

/// Index of the first own row that is not below `key`.
size_t TransactionIterator::own_count_below(Bytes key) const {
  const auto at = std::partition_point(own_.begin(), own_.end(),
                                       [&](const OwnRow& row) { return compare_bytes(row.key, key) < 0; });
  return static_cast<size_t>(at - own_.begin());
}

void TransactionIterator::seek_first() {
  note_scan();
  is_unread_ = false;
  is_scanning_ = low_is_open_ = true;
  rows_->seek_first();
  own_at_ = 0;
  settle(true);
}

void TransactionIterator::seek_last() {
  note_scan();
  is_unread_ = false;
  is_scanning_ = high_is_open_ = true;
  rows_->seek_last();
  own_at_ = own_.size();
  settle(false);
}

void TransactionIterator::seek(Bytes key) {
  const std::string target(std::max(key, lower()));  // `key` may be a view of the row that is left now
  note_scan();
  is_unread_ = false;
  is_scanning_ = true;
  low_ = high_ = target;
  rows_->seek(target);
  own_at_ = own_count_below(target);
  settle(true);
}

void TransactionIterator::seek_for_prev(Bytes key) {
  if (settings_.upper && compare_bytes(key, *settings_.upper) >= 0) return seek_last();
  const std::string target(key);
  note_scan();
  is_unread_ = false;
  is_scanning_ = true;
  low_ = high_ = target;
  rows_->seek_for_prev(target);
  own_at_ = own_count_below(target);
  if (own_at_ < own_.size() && own_[own_at_].key == target) ++own_at_;
  settle(false);
}

void TransactionIterator::step(bool forward) {
  if (std::exchange(is_unread_, false)) {
    if (forward == unread_forward_) return;
    if (was_new_)
      place_ = Place::kNew;
    else
      move(!unread_forward_);
  }
  was_new_ = place_ == Place::kNew;
  move(forward);
}

void TransactionIterator::move(bool forward) {
  switch (place_) {
    case Place::kFailed:
      return;
    case Place::kNew:
      return forward ? seek_first() : seek_last();
    case Place::kBehindLast:
      return forward ? void() : seek_last();
    case Place::kBeforeFirst:
      return forward ? seek_first() : void();
    case Place::kOnRow:
      break;
  }
  if (forward != forward_) {
    extend_scan();
    turn(forward);
  } else if (own_row_ == nullptr) {
    rows_->step(forward);
  }
  settle(forward);
}

/// Both cursors go to the other side of the row.
void TransactionIterator::turn(bool forward) {
  const std::string here(key());
  own_at_ = own_count_below(here);
  if (forward) {
    if (own_at_ < own_.size() && own_[own_at_].key == here) ++own_at_;
    rows_->seek(here);
  } else {
    rows_->seek_for_prev(here);
  }
  if (rows_->rows().valid() && rows_->rows().key() == Bytes(here)) rows_->step(forward);
}

void TransactionIterator::settle(bool forward) {
  forward_ = forward;
  own_row_ = nullptr;
  own_failure_ = Status::ok();
  const bool found = forward ? finds_row_forward() : finds_row_backward();
  if (found)
    place_ = Place::kOnRow;
  else if (!own_failure_ || (!rows_->rows().valid() && !rows_->rows().status()))
    place_ = Place::kFailed;
  else
    place_ = forward ? Place::kBehindLast : Place::kBeforeFirst;
}

/// Leads the database's cursor out of ranges that the transaction has deleted. False: there is no row of it any more in
/// this direction.
bool TransactionIterator::skip_cleared(bool forward) {
  const VisibleIterator& rows = rows_->rows();
  while (rows.valid()) {
    const std::optional<KeyRange> range = cleared_.find(keyspace_, rows.key());
    if (!range) return true;
    if (forward) {
      if (!range->upper) return false;
      rows_->seek(*range->upper);
    } else {
      rows_->seek_for_prev(range->lower);
      if (rows.valid() && rows.key() == range->lower) rows_->step(false);
    }
  }
  return false;
}

bool TransactionIterator::finds_row_forward() {
  const VisibleIterator& rows = rows_->rows();
  for (;;) {
    const bool has_row = skip_cleared(true);
    if (!has_row && !rows.valid() && !rows.status()) return false;
    if (own_at_ == own_.size()) return has_row;
    const OwnRow& own = own_[own_at_];
    const int order = has_row ? compare_bytes(own.key, rows.key()) : -1;
    if (order > 0) return true;
    if (order == 0) rows_->step(true);
    ++own_at_;
    own_failure_ = own.failure;
    if (!own_failure_) return false;
    if (own.is_deleted) continue;
    own_row_ = &own;
    return true;
  }
}

bool TransactionIterator::finds_row_backward() {
  const VisibleIterator& rows = rows_->rows();
  for (;;) {
    const bool has_row = skip_cleared(false);
    if (!has_row && !rows.valid() && !rows.status()) return false;
    if (own_at_ == 0) return has_row;
    const OwnRow& own = own_[own_at_ - 1];
    const int order = has_row ? compare_bytes(own.key, rows.key()) : 1;
    if (order < 0) return true;
    if (order == 0) rows_->step(false);
    --own_at_;
    own_failure_ = own.failure;
    if (!own_failure_) return false;
    if (own.is_deleted) continue;
    own_row_ = &own;
    return true;
  }
}

/// Takes where the cursor stands into what was gone over.
void TransactionIterator::extend_scan() {
  if (!is_scanning_) return;
  if (place_ == Place::kBehindLast) high_is_open_ = true;
  if (place_ == Place::kBeforeFirst) low_is_open_ = true;
  if (place_ != Place::kOnRow) return;
  const Bytes here = key();
  if (!low_ || compare_bytes(here, *low_) < 0) low_ = here;
  if (!high_ || compare_bytes(here, *high_) > 0) high_ = here;
}

void TransactionIterator::note_scan() {
  if (!is_attached()) return;
  extend_scan();
  if (is_scanning_) {
    const Bytes from = low_is_open_ || !low_ ? lower() : Bytes(*low_);
    std::optional<std::string> to;
    if (high_is_open_ || !high_)
      to = settings_.upper;
    else
      to = *high_ + '\0';
    transaction_->note_scan({keyspace_, from, to ? std::optional<Bytes>(*to) : std::nullopt});
  }
  is_scanning_ = low_is_open_ = high_is_open_ = false;
  low_.reset();
  high_.reset();
}

}  // namespace wombat
