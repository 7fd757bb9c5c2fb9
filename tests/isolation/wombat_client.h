/// Wombat through its C interface, with two keyspaces, as a store of the isolation tests.
#pragma once

#include "isolation/client.h"
#include "isolation/wombat_transaction.h"

namespace wombat::isolation {

struct WombatClientOptions {
  std::string text;  // for wombat_options_parse
  bool is_pessimistic = false;
  uint64_t lock_timeout_us = 20'000;
};

/// Options with which even a short history has flushes and compactions.
inline constexpr const char* kSmallWombatOptions =
    "memtable.size=64KiB; table.size=32KiB; levels.base_size=128KiB; compaction.min_compaction_files=2;"
    "manifest.rewrite_size=8KiB";

class WombatClient : public Client {
 public:
  /// Throws std::runtime_error when the database cannot be opened.
  WombatClient(const std::string& path, const WombatClientOptions& options);
  ~WombatClient() override;
  WombatClient(const WombatClient&) = delete;
  WombatClient& operator=(const WombatClient&) = delete;

  std::unique_ptr<Transaction> begin(IsolationLevel level, TransactionKind kind,
                                     std::string* failure) override;

 private:
  std::unique_ptr<Transaction> begin_batch(std::string* failure);

  const WombatClientOptions options_;
  WombatKeyspaces keyspaces_ = {};
};

}  // namespace wombat::isolation
