/// What the killing process knows: the stamp under each key after the last acknowledged write, and the write that each
/// thread was in when it was killed.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "crash_process/kill_protocol.h"
#include "wombat.h"

namespace wombat {

class KillOracle {
 public:
  void take(const KillMessage& message);
  /// Compares the database with what is known, and takes over how the writes in doubt have ended. Returns what is
  /// wrong; empty when nothing is.
  std::string check(wombat_db* db);
  uint64_t acknowledged_count() const { return acknowledged_count_; }
  uint64_t in_doubt_count() const { return in_doubt_count_; }

 private:
  using Rows = std::map<std::string, uint64_t>;  // stamp by key

  static std::string read_rows(wombat_db* db, Rows* rows);
  static void apply(const KillMessage& message, Rows* rows);
  std::string settle(uint32_t thread, const Rows& found);

  Rows rows_;
  std::optional<KillMessage> pending_[kWriterThreadCount];
  uint64_t acknowledged_count_ = 0;
  uint64_t in_doubt_count_ = 0;
};

}  // namespace wombat
