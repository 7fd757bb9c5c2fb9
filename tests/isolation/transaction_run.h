/// One planned transaction on a store, a step at a time, with the record of what it saw.
#pragma once

#include <functional>
#include <memory>

#include "isolation/client.h"
#include "isolation/workload.h"

namespace wombat::isolation {

/// Told when a transaction is about to commit and when it is known how that ended.
class CommitListener {
 public:
  virtual ~CommitListener() = default;
  virtual void before_commit(const RecordedTransaction& transaction, uint64_t number) = 0;
  virtual void after_commit(const RecordedTransaction& transaction, uint64_t number) = 0;
};

/// A monotonic clock that all transactions of a history share.
using HistoryClock = std::function<uint64_t()>;

class TransactionRun {
 public:
  /// Everything that is passed by pointer or reference outlives this; `listener` may be nullptr.
  TransactionRun(Client* client, const Workload& workload, const HistoryClock& clock, uint32_t window,
                 uint32_t process, uint64_t number, CommitListener* listener);

  /// Begins, does one operation, or ends. False when there is nothing more to do.
  bool step();
  bool is_over() const { return is_over_; }
  /// Empty, or what the store refused for another reason than a conflict.
  const std::string& failure() const { return failure_; }
  const RecordedTransaction& record() const { return record_; }
  RecordedTransaction take_record() { return std::move(record_); }

 private:
  CallResult perform(bool is_merge, Operation* operation);
  CallResult read(Operation* operation);
  CallResult append(bool is_merge, const Operation& operation);
  CallResult read_range(Operation* operation);
  void commit();
  void end(Outcome outcome);

  Client& client_;
  const HistoryClock& clock_;
  const DataKind data_kind_;
  const IsolationLevel level_;
  const uint32_t window_;
  CommitListener* const listener_;
  PlannedTransaction plan_;
  std::unique_ptr<Transaction> transaction_;
  RecordedTransaction record_;
  Content last_read_;  // what an append appends to
  bool is_over_ = false;
  std::string failure_;
};

/// Reads all rows of a window in one read-only transaction. Nothing when that failed; `*failure` says why.
std::optional<std::vector<Row>> read_final_rows(Client* client, DataKind data_kind, uint32_t window,
                                                std::string* failure);

}  // namespace wombat::isolation
