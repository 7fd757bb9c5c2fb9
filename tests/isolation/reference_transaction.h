/// A transaction of the reference store.
#pragma once

#include "isolation/reference_store.h"

namespace wombat::isolation {

inline constexpr uint64_t kStaleCommits = 6;  // kStaleSnapshot, kTornSnapshot

/// Under which the rows of all keyspaces lie in one map, each keyspace by itself.
inline std::string row_name(const StoreKey& key) {
  return std::string(1, static_cast<char>('0' + key.keyspace)) + key.text;
}

class ReferenceTransaction : public Transaction {
 public:
  ReferenceTransaction(ReferenceStore* store, IsolationLevel level, TransactionKind kind, uint64_t start)
      : store_(*store), level_(level), kind_(kind), start_(start) {}
  ~ReferenceTransaction() override;

  CallResult get(const StoreKey& key, std::optional<std::string>* value) override;
  CallResult get_for_update(const StoreKey& key, std::optional<std::string>* value) override;
  CallResult put(const StoreKey& key, const std::string& value) override {
    return write(key, {.value = value});
  }
  CallResult append(const StoreKey& key, const std::string& operand) override;
  CallResult remove(const StoreKey& key) override { return write(key, {}); }
  CallResult remove_range(const StoreKey& lower, const StoreKey& upper) override;
  CallResult range_read(const StoreKey& lower, const StoreKey& upper, std::vector<KeyValue>* rows) override;
  CallResult set_savepoint() override;
  CallResult roll_back_to_savepoint() override;
  CallResult release_savepoint() override;
  CallResult commit(uint64_t* timestamp) override;
  void abort() override;
  std::string error_text() const override { return error_; }

 private:
  struct PendingWrite {
    bool is_merge = false;             // behind what is there
    std::optional<std::string> value;  // nothing: a delete
  };
  using PendingWrites = std::map<std::string, PendingWrite>;
  using Ranges = std::vector<std::pair<std::string, std::string>>;
  struct Savepoint {
    PendingWrites writes;
    Ranges deleted_ranges;
  };

  CallResult write(const StoreKey& key, PendingWrite pending);
  void get_row(const std::string& row, std::optional<std::string>* value);
  std::optional<std::string> work_out(const std::string& row, const PendingWrite& pending,
                                      uint64_t timestamp);
  uint64_t read_timestamp(bool is_get);
  bool is_valid() const;
  bool are_writes_valid() const;
  bool are_reads_valid() const;
  bool is_deleted_by_range(const std::string& row) const;
  WriteSet all_writes();
  void finish();

  ReferenceStore& store_;
  const IsolationLevel level_;
  const TransactionKind kind_;
  const uint64_t start_;
  PendingWrites writes_;
  Ranges deleted_ranges_;
  std::vector<Savepoint> savepoints_;
  PendingWrites rolled_back_;  // for kKeptRollback, kRollbackNotSeen
  std::set<std::string> read_rows_;
  Ranges read_ranges_;
  std::map<std::string, uint64_t> update_reads_;  // the moment that was read, by row
  bool is_over_ = false;
  std::string error_;
};

}  // namespace wombat::isolation
