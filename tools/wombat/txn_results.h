/// What the operations of a transaction have found, kept until it is known to stand.
#pragma once

#include <string>

#include "settings.h"
#include "txn_script.h"

namespace wombat::cli {

class TxnResults {
 public:
  explicit TxnResults(const Settings& settings) : settings_(settings) {}

  // As the commands of the same names show it; with --json one object a line, with operation and line.

  /// `with_key`: one of several.
  void value(const Operation& operation, Bytes key, Bytes value, bool with_key);
  void absent(const std::string& place, const Operation& operation, Bytes key);
  void presence(const Operation& operation, Bytes key, bool is_present);
  void row(const Operation& operation, Bytes key, Bytes value);
  void count(const Operation& operation, uint64_t count);
  /// The end of a transaction; people are told at the end of the script.
  void committed(const ScriptTransaction& transaction, uint64_t timestamp, uint64_t retries);
  void rolled_back(const ScriptTransaction& transaction, bool is_dry_run);
  void prepared(const ScriptTransaction& transaction, uint64_t retries);

  /// Writes what was collected.
  void hand_over();
  void drop();
  bool is_large() const { return out_.size() > (size_t{1} << 16); }

 private:
  /// {"op":"get","line":3
  void begin_object(const char* word, uint64_t line);

  const Settings& settings_;
  std::string out_;
  std::string notes_;
};

}  // namespace wombat::cli
