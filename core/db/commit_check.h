/// What has to be true for a transaction's writes to be committed: nothing that it has read or is going to replace has
/// changed since. The tree itself tells: as long as a transaction pins its start like a snapshot, every version later
/// than that keeps its timestamp.
#pragma once

#include <string>

#include "base/status.h"
#include "kv/entry.h"
#include "txn/recent_writes.h"

namespace wombat {

class Db;
class Tree;

/// Goes with a write request; lives until the write has its outcome.
struct CommitCheck {
  const ReadSet* reads = nullptr;
  Timestamp since = 0;          // the start of the transaction, or up to where all was looked through
  bool is_almost_done = false;  // the latter, while recent writes were watched
};

/// What to tell about a conflict.
Status conflict_status(const WrittenKey& write, Timestamp at, Timestamp since);

/// The timestamp of the newest version of `key`, a range delete over it included, when that is later than `since`; else
/// `*changed_at` becomes 0. Any thread; takes an epoch guard of its own. `key_hash` is hash_key(key).
Status find_change(Tree& tree, Bytes key, uint64_t key_hash, Timestamp since, Timestamp* changed_at);

/// kConflict when something in `reads` has a version later than both `since` and the time at which it was read. Any
/// thread; takes epoch guards of its own.
Status find_changes(const Db& db, const ReadSet& reads, Timestamp since);

}  // namespace wombat
