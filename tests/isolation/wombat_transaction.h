/// Transactions and batches of Wombat, as the isolation tests use them.
#pragma once

#include <array>
#include <memory>

#include "isolation/client.h"
#include "wombat.h"

namespace wombat::isolation {

/// Handles; the first is that of the database.
using WombatKeyspaces = std::array<wombat_db*, kKeyspaceCount>;

/// They take `txn` or `batch`; the keyspaces outlive them.
std::unique_ptr<Transaction> make_wombat_transaction(wombat_txn* txn, const WombatKeyspaces& keyspaces,
                                                     bool is_pessimistic);
std::unique_ptr<Transaction> make_wombat_batch(wombat_batch* batch, const WombatKeyspaces& keyspaces);

std::string describe(const wombat_error& error);

}  // namespace wombat::isolation
