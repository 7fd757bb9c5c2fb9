/// Point reads beyond the usual: entries that are neither puts nor deletes, and keys that range deletes may hide.
#pragma once

#include "base/epoch.h"
#include "base/read_counters.h"
#include "db/found_value.h"
#include "db/read_state.h"
#include "kv/read_rules.h"

namespace wombat {

/// A read of one state at one time.
struct PointRead {
  const EpochGuard& guard;
  ReadState& state;
  Timestamp at;
  bool fill_cache;
  const ReadRules& rules;
};

/// What the newest visible entry of `key` comes to. `value` has its value, and becomes the user's. kUnsupported,
/// kCorruption, kMergeFailed, and what a read of older versions fails with.
Status resolve_entry(const PointRead& read, Bytes key, Tag tag, FoundValue* value, bool* found);

/// The newest visible entry of `key` that no range delete hides, in a state with range deletes. `hash` is hash_key(key).
Status find_under_ranges(const PointRead& read, Bytes key, uint64_t hash, ReadStripe& stripe, Tag* tag,
                         FoundValue* value, bool* was_found);

/// Timestamp of the newest range delete of `table` at `at` that `key` lies in; 0: none.
inline Timestamp cover_of(const TableReader& table, Bytes key, Timestamp at) {
  return table.ranges() == nullptr ? 0 : table.ranges()->cover(key, at);
}

}  // namespace wombat
