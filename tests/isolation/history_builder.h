/// Histories written by hand, for the tests of the checker.
#pragma once

#include <utility>

#include "isolation/history.h"

namespace wombat::isolation {

/// One transaction; the calls are its operations in their order.
class TransactionBuilder {
 public:
  explicit TransactionBuilder(RecordedTransaction* transaction) : transaction_(*transaction) {}

  TransactionBuilder& reads(Key key, Content content) {
    Operation& operation = add(OperationKind::kRead, key);
    operation.content = std::move(content);
    return *this;
  }
  TransactionBuilder& reads_for_update(Key key, Content content) {
    reads(key, std::move(content));
    transaction_.operations.back().is_for_update = true;
    return *this;
  }
  TransactionBuilder& misses(Key key) { return reads(key, {}); }
  TransactionBuilder& writes(Key key, Value value) {
    add(OperationKind::kWrite, key).value = value;
    return *this;
  }
  TransactionBuilder& appends(Key key, Value value) {
    add(OperationKind::kAppend, key).value = value;
    return *this;
  }
  TransactionBuilder& deletes(Key key) {
    add(OperationKind::kDelete, key);
    return *this;
  }
  TransactionBuilder& deletes_range(Key lower, Key upper) {
    add(OperationKind::kDeleteRange, lower).upper = upper;
    return *this;
  }
  TransactionBuilder& scans(Key lower, Key upper, std::vector<Row> rows) {
    Operation& operation = add(OperationKind::kRangeRead, lower);
    operation.upper = upper;
    operation.rows = std::move(rows);
    return *this;
  }
  TransactionBuilder& sets_savepoint() {
    add(OperationKind::kSavepoint, 0);
    return *this;
  }
  TransactionBuilder& rolls_back() {
    add(OperationKind::kRollback, 0);
    return *this;
  }
  TransactionBuilder& releases() {
    add(OperationKind::kRelease, 0);
    return *this;
  }
  TransactionBuilder& aborted() {
    transaction_.outcome = Outcome::kAborted;
    return *this;
  }
  TransactionBuilder& unknown() {
    transaction_.outcome = Outcome::kUnknown;
    return *this;
  }
  TransactionBuilder& at(uint64_t timestamp) {
    transaction_.timestamp = timestamp;
    return *this;
  }

 private:
  Operation& add(OperationKind kind, Key key) {
    Operation& operation = transaction_.operations.emplace_back();
    operation.kind = kind;
    operation.key = key;
    return operation;
  }

  RecordedTransaction& transaction_;
};

class HistoryBuilder {
 public:
  explicit HistoryBuilder(DataKind data_kind) { history_.data_kind = data_kind; }

  /// The builder is valid until the next call.
  TransactionBuilder add(uint64_t start, uint64_t end) {
    RecordedTransaction& transaction = history_.transactions.emplace_back();
    transaction.process = static_cast<uint32_t>(history_.transactions.size());
    transaction.start = start;
    transaction.end = end;
    return TransactionBuilder(&transaction);
  }
  /// One that overlaps all others that are added so.
  TransactionBuilder add() { return add(1, 1000); }
  void ends_with(std::vector<Row> rows) { history_.final_rows = std::move(rows); }
  const History& history() const { return history_; }

 private:
  History history_;
};

inline HistoryBuilder registers() { return HistoryBuilder(DataKind::kRegister); }
inline HistoryBuilder lists() { return HistoryBuilder(DataKind::kList); }

}  // namespace wombat::isolation
