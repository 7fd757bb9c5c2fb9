/// A database as a killed process leaves it: for measuring recovery.
#pragma once

#include <string>

#include "match_config.h"
#include "store_catalog.h"

namespace wombat::bench {

/// How many entries stay in the log and reach no table, in any engine: half a write buffer.
uint64_t abandoned_entry_count(const MatchConfig& config);
/// The one that is looked for after recovery.
uint64_t abandoned_last_entry(const MatchConfig& config);

/// Starts this program again, which writes into `directory` and ends without closing.
void make_abandoned_store(const StoreKind& kind, const MatchConfig& config, const std::string& directory);

/// The body of that process. Does not return.
[[noreturn]] void write_and_die(const StoreKind& kind, const MatchConfig& config,
                                const std::string& directory);

}  // namespace wombat::bench
