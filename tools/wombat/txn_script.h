/// A script of transactions as `wombat txn` reads it: one operation a line, in the words of the command line.
#pragma once

#include <string>
#include <vector>

#include "database.h"
#include "settings.h"
#include "text.h"

namespace wombat::cli {

enum class Verb {
  kGet,
  kGetForUpdate,
  kExists,
  kScan,
  kCount,
  kAssert,  // that the value is this one
  kAssertAbsent,
  kAssertPresent,
  kPut,
  kDelete,
  kDeleteRange,
  kMerge,
  kUse,
  kSavepoint,
  kRollbackToSavepoint,
  kReleaseSavepoint,
  // What transactions are made of; not among the operations of one.
  kBegin,
  kCommit,
  kRollback,
  kPrepare,
};

/// As the script writes it.
const char* word_of(Verb verb);

struct Operation {
  Verb verb = Verb::kGet;
  uint64_t line = 0;
  std::vector<std::string> keys;  // decoded
  std::string value;              // decoded: of a put, an assert; the operand of a merge
  std::string name;               // of an operator or a keyspace
  RowQuery query;
  uint64_t ttl_ms = 0;
};

struct ScriptTransaction {
  uint64_t line = 0;  // where it begins
  int32_t isolation = WOMBAT_ISOLATION_DEFAULT;
  bool is_read_only = false;
  bool is_pessimistic = false;
  bool is_explicit = false;  // there is a begin
  std::vector<Operation> operations;
  Verb end = Verb::kCommit;  // kCommit, kRollback or kPrepare
  std::string name;          // of a prepare
  uint64_t end_line = 0;

  /// Whether it needs a database that can be written.
  bool writes() const;
};

/// "serializable", "snapshot" or "read_committed"; WOMBAT_ISOLATION_DEFAULT for other words.
int32_t isolation_of(const std::string& word);

struct TxnScript {
  std::string name;
  std::vector<ScriptTransaction> transactions;

  std::string place(uint64_t line) const { return name + ":" + std::to_string(line); }
};

/// Reads a whole script before anything is done. An operation outside of begin and commit begins a transaction as
/// `standard` says, which the end of the script commits. Throws Failure (malformed input) that names file and line.
TxnScript read_script(const std::string& path, const ScriptTransaction& standard, const Settings& settings);

}  // namespace wombat::cli
