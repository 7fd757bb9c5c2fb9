/// Runs the transactions of a script one after the other.
#pragma once

#include <string>

#include "database.h"
#include "keyspace_handles.h"
#include "txn_results.h"
#include "txn_script.h"

namespace wombat::cli {

struct TxnSettings {
  wombat_write_options write_options = {};
  bool is_dry_run = false;  // every transaction is rolled back at its end
};

/// What became of a script.
struct TxnCounts {
  uint64_t committed = 0;
  uint64_t prepared = 0;
  uint64_t rolled_back = 0;
  uint64_t retries = 0;
  uint64_t last_timestamp = 0;  // of a commit that wrote something
};

class TxnRunner {
 public:
  TxnRunner(const Database& db, const TxnScript& script, const TxnSettings& txn_settings,
            const Settings& settings);

  /// Results go to standard output when their transaction has ended. The first one that fails ends the script; nothing
  /// of it is applied, what was committed before stays. Throws Failure that says where and what.
  TxnCounts run();

 private:
  struct TxnDeleter {
    void operator()(wombat_txn* txn) const { wombat_txn_destroy(txn); }
  };

  void run_with_retries(const ScriptTransaction& transaction);
  void attempt(const ScriptTransaction& transaction, uint32_t retries);
  /// False when a transaction that met a conflict was run often enough.
  bool wait_for_retry(uint32_t retries);
  void run_operation(const ScriptTransaction& transaction, const Operation& operation);
  void finish(const ScriptTransaction& transaction, uint32_t retries);
  [[noreturn]] void give_up(const Failure& failure, uint32_t retries) const;

  void read_keys(const Operation& operation);
  void read_rows(const ScriptTransaction& transaction, const Operation& operation);
  void check_value(const ScriptTransaction& transaction, const Operation& operation);
  void write(const Operation& operation);
  void mark(const Operation& operation);
  bool get(const Operation& operation, const std::string& key, bool for_update, std::string* value);

  std::string what(const Operation& operation) const {
    return script_.place(operation.line) + ": " + word_of(operation.verb);
  }
  /// Notes what a call answered, and throws when it failed.
  wombat_status checked(wombat_status status, const std::string& what);

  const Database& db_;
  const TxnScript& script_;
  const TxnSettings& txn_settings_;
  const Settings& settings_;
  KeyspaceHandles keyspaces_;
  TxnResults results_;
  TxnCounts counts_;
  std::unique_ptr<wombat_txn, TxnDeleter> txn_;
  wombat_db* keyspace_ = nullptr;  // that operations are about
  wombat_error error_ = {};
  wombat_status last_status_ = WOMBAT_OK;
  bool is_committing_ = false;
};

}  // namespace wombat::cli
