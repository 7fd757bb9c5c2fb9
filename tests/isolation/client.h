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

/// kBatch: blind writes only, written at once by the store's plain means: one transaction like the others to them.
enum class TransactionKind { kReadWrite, kReadOnly, kBatch };

using KeyValue = std::pair<std::string, std::string>;

/// Two keyspaces may have the same key.
struct StoreKey {
  uint32_t keyspace = 0;
  std::string text;
};
inline constexpr uint32_t kKeyspaceCount = 2;

/// Used by one thread. Destroyed without commit, it aborts.
class Transaction {
 public:
  virtual ~Transaction() = default;

  /// Nothing in `*value`: the key is absent.
  virtual CallResult get(const StoreKey& key, std::optional<std::string>* value) = 0;
  /// No other changes the key before this transaction has ended, or this one does not commit; at any level.
  virtual CallResult get_for_update(const StoreKey& key, std::optional<std::string>* value) = 0;
  virtual CallResult put(const StoreKey& key, const std::string& value) = 0;
  /// Puts `operand` behind what is there at the commit, without a read.
  virtual CallResult append(const StoreKey& key, const std::string& operand) = 0;
  virtual CallResult remove(const StoreKey& key) = 0;
  /// Both bounds are of one keyspace.
  virtual CallResult remove_range(const StoreKey& lower, const StoreKey& upper) = 0;
  /// All rows from `lower` on and before `upper`, in the order of keys.
  virtual CallResult range_read(const StoreKey& lower, const StoreKey& upper,
                                std::vector<KeyValue>* rows) = 0;
  /// Savepoints nest. A rollback undoes what was written since the newest, which it ends; a release ends it only.
  virtual CallResult set_savepoint() = 0;
  virtual CallResult roll_back_to_savepoint() = 0;
  virtual CallResult release_savepoint() = 0;
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
