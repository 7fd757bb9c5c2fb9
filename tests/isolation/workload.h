/// What the transactions of a test are to do: a function of the seed and the number of the transaction alone, so that a
/// failure can be replayed whatever the threads did.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "isolation/client.h"
#include "isolation/history.h"
#include "isolation/savepoint_plan.h"

namespace wombat::isolation {

/// Percentages are of operations, or of transactions where they say so.
struct WorkloadOptions {
  uint64_t seed = 1;
  DataKind data_kind = DataKind::kRegister;
  IsolationLevel level = IsolationLevel::kSerializable;
  uint32_t thread_count = 4;
  uint32_t operation_count_max = 6;
  /// Transactions work on one block of so many keys, a few hundred of them, then on the next: so keys are absent again
  /// and again, and no list grows long.
  uint32_t keys_per_block = 40;
  uint32_t transactions_per_block = 300;
  double zipf_theta = 0.8;      // 0: all keys of a block alike
  uint32_t fresh_percent = 30;  // of keys: one that is probably not yet written
  uint32_t read_percent = 35;
  uint32_t range_percent = 15;        // the rest are writes
  uint32_t range_length_max = 12;     // keys
  uint32_t delete_percent = 15;       // of writes to registers
  uint32_t delete_range_percent = 4;  // of writes to registers: a few keys at once
  uint32_t blind_percent = 30;        // of writes to registers: not preceded by a read
  uint32_t read_only_percent = 15;    // of transactions
  uint32_t batch_percent = 5;  // of transactions: blind writes that the store takes as a batch, if it can
  uint32_t abort_percent = 5;  // of transactions: aborted by choice
  uint32_t second_keyspace_percent = 30;  // of keys
  uint32_t savepoint_percent = 25;        // of transactions that write
  uint32_t for_update_percent = 20;       // of reads in transactions that may write
  uint32_t merge_percent = 30;            // of appends to lists: done by the store

  /// Whether appends may be lost where the level permits lost updates.
  bool appends_are_puts() const { return merge_percent < 100; }
  /// Everything that a replay needs.
  std::string to_text() const;
};

struct PlannedTransaction {
  uint64_t number = 0;
  TransactionKind kind = TransactionKind::kReadWrite;
  bool is_aborted = false;
  PlannedOperations operations;
};

class Workload {
 public:
  explicit Workload(const WorkloadOptions& options);

  const WorkloadOptions& options() const { return options_; }
  PlannedTransaction plan(uint64_t number) const;

 private:
  Key choose_key(uint64_t number, Random* random) const;
  TransactionKind choose_kind(Random* random) const;
  void add_operation(Key key, Random* random, PlannedTransaction* plan) const;
  void add_range_read(Key key, Random* random, PlannedTransaction* plan) const;
  void add_read(Key key, Random* random, PlannedTransaction* plan) const;
  void add_write(Key key, Random* random, PlannedTransaction* plan) const;

  const WorkloadOptions options_;
  std::vector<double> zipf_;  // cumulated shares of the keys of a block
};

}  // namespace wombat::isolation
