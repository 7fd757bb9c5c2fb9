/// Transactions that are prepared and wait for a decision. Each is an entry of the system keyspace, so it is as durable
/// as any other; this is what the leader of the writers looks at, and who lists them.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "txn/prepared_record.h"
#include "txn/recent_writes.h"

namespace wombat {

using PreparedPtr = std::shared_ptr<const PreparedRecord>;

/// What a commit changes about prepared transactions, besides what it writes. Made before the commit, so that applying
/// it cannot fail.
class PreparedChange {
 public:
  static PreparedChange adds(std::string name, PreparedPtr record);
  static PreparedChange removes(std::string name);
  const std::string& name() const { return name_; }
  bool is_addition() const { return !added_.empty(); }

 private:
  friend class PreparedTransactions;
  std::string name_;
  std::map<std::string, PreparedPtr, std::less<>> added_;
};

/// Any thread.
class PreparedTransactions {
 public:
  bool is_empty() const { return count_.load(std::memory_order_acquire) == 0; }
  /// Null when there is none of that name.
  PreparedPtr find(std::string_view name) const;
  /// Ascending.
  std::vector<std::string> names() const;

  // For the leader.
  /// kAlreadyExists or kDoesNotExist when `change` cannot be made.
  Status check(const PreparedChange& change) const;
  /// kConflict when a prepared transaction, `except` left aside, needs what is written to stay as it is.
  Status check_write(const WrittenKey& write, const PreparedChange* except) const;
  void apply(PreparedChange& change) noexcept;

 private:
  Status check_beside_others(const PreparedRecord& added) const;

  mutable std::mutex mutex_;
  std::map<std::string, PreparedPtr, std::less<>> all_;  // guarded by mutex_
  std::atomic<size_t> count_{0};
};

}  // namespace wombat
