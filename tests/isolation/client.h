/// A store with transactions, as the isolation tests use it: Wombat through its C interface, or the reference.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "isolation/isolation_level.h"

namespace wombat::isolation {

/// kConflict: the transaction is over and nothing of it happened. kFailed: any other failure; of a commit it means that
/// nobody knows what happened.
enum class CallResult { kOk, kConflict, kFailed };

/// kBatch: puts and deletes only, written at once by the store's plain means: one transaction like the others to them.
enum class TransactionKind { kReadWrite, kReadOnly, kBatch };

using KeyValue = std::pair<std::string, std::string>;

/// Used by one thread. Destroyed without commit, it aborts.
class Transaction {
 public:
  virtual ~Transaction() = default;

  /// Nothing in `*value`: the key is absent.
  virtual CallResult get(const std::string& key, std::optional<std::string>* value) = 0;
  virtual CallResult put(const std::string& key, const std::string& value) = 0;
  virtual CallResult remove(const std::string& key) = 0;
  virtual CallResult remove_range(const std::string& lower, const std::string& upper) = 0;
  /// All rows from `lower` on and before `upper`, in the order of keys.
  virtual CallResult range_read(const std::string& lower, const std::string& upper,
                                std::vector<KeyValue>* rows) = 0;
  /// `*timestamp` becomes that of the commit; 0 when it is not known.
  virtual CallResult commit(uint64_t* timestamp) = 0;
  virtual void abort() = 0;
  /// Of the last call that failed.
  virtual std::string error_text() const = 0;
};

/// Used by any number of threads.
class Client {
 public:
  virtual ~Client() = default;

  /// nullptr when the store refuses; `*failure` says why.
  virtual std::unique_ptr<Transaction> begin(IsolationLevel level, TransactionKind kind,
                                             std::string* failure) = 0;
};

}  // namespace wombat::isolation
