#include "db/commit_check.h"

#include <algorithm>

#include "base/hash.h"
#include "db/db.h"
#include "db/run_iterator.h"

namespace wombat {

namespace {

std::string shown(Bytes key) { return '"' + escape_bytes(key) + '"'; }

std::string keyspace_suffix(uint32_t keyspace) {
  return keyspace == 0 ? std::string() : " of keyspace " + std::to_string(keyspace);
}

/// A memtable that was begun after `since` holds newer entries only, and so may older ones; one that was not is the
/// last that may hold any.
bool is_last_to_search(const Memtable& memtable, Timestamp since) { return memtable.begins_after() <= since; }

Status conflict_on_key(uint32_t keyspace, Bytes key, Timestamp at, Timestamp since) {
  return conflict_status({keyspace, key, false, {}}, at, since);
}

/// The first entry in `range` with a later version than `since`.
Status find_in(Iterator& entries, const KeyRange& range, Timestamp since) {
  for (entries.seek(range.lower, kTagMax); entries.valid() && range.contains(entries.key()); entries.next()) {
    const Timestamp at = tag_timestamp(entries.tag());
    if (at > since) return conflict_on_key(range.keyspace, entries.key(), at, since);
  }
  return entries.status();
}

Status find_in_tables(const RunIndex& run, const KeyRange& range, Timestamp since) {
  for (size_t i = run.find_at_or_behind(range.lower, key_prefix(range.lower)); i < run.tables.size(); ++i) {
    OpenTable* const table = run.tables[i];
    if (range.upper && compare_bytes(table->info.smallest_key, *range.upper) >= 0) break;
    if (table->info.timestamp_max <= since) continue;
    const std::unique_ptr<Iterator> entries = make_run_iterator(std::vector<OpenTable*>{table}, {});
    WOMBAT_TRY(find_in(*entries, range, since));
  }
  return Status::ok();
}

Status find_range_change(Tree& tree, const KeyRange& range, Timestamp since) {
  const EpochGuard guard(process_epochs());
  ReadState& state = tree.read_state(guard);
  for (const MemtablePtr& memtable : state.memtables) {
    WOMBAT_TRY(find_in(*memtable->new_iterator(), range, since));
    if (is_last_to_search(*memtable, since)) return Status::ok();
  }
  for (const RunIndex& run : state.runs) WOMBAT_TRY(find_in_tables(run, range, since));
  return Status::ok();
}

/// Trees by the ids of their keyspaces; those of neighbours are mostly the same.
class TreeFinder {
 public:
  explicit TreeFinder(const Db& db) : db_(db) {}

  Status find(uint32_t id, Tree** tree) {
    if (last_ == nullptr || last_->id() != id) last_ = db_.find_tree(id);
    if (last_ == nullptr)
      return Status(Code::kDropped, "a keyspace that the transaction depends on was dropped");
    *tree = last_.get();
    return Status::ok();
  }

 private:
  const Db& db_;
  std::shared_ptr<Tree> last_;
};

}  // namespace

Status conflict_status(const WrittenKey& write, Timestamp at, Timestamp since) {
  std::string what = "key " + shown(write.key);
  if (write.is_range) {
    what = "keys from " + shown(write.key) + " to " + (write.upper ? shown(*write.upper) : "the end");
  }
  return Status(Code::kConflict, what + keyspace_suffix(write.keyspace) + " changed in commit " +
                                     std::to_string(at) + ", after the transaction's start at " +
                                     std::to_string(since));
}

Status find_change(Tree& tree, Bytes key, Timestamp since, Timestamp* changed_at) {
  *changed_at = 0;
  const EpochGuard guard(process_epochs());
  ReadState& state = tree.read_state(guard);
  const uint64_t hash = hash_key(key);
  const auto note = [&](Tag tag) { *changed_at = tag_timestamp(tag) > since ? tag_timestamp(tag) : 0; };
  for (const MemtablePtr& memtable : state.memtables) {
    Memtable::Found hit;
    if (memtable->may_contain(hash) && memtable->get(key, kTimestampMax, &hit)) {
      note(hit.tag);
      return Status::ok();
    }
    if (is_last_to_search(*memtable, since)) return Status::ok();
  }
  const uint64_t prefix = key_prefix(key);
  ReadStripe& stripe = tree.db().read_counters().stripe(guard.slot_index());
  for (const RunIndex& run : state.runs) {
    OpenTable* const table = run.find(key, prefix);
    if (table == nullptr || table->info.timestamp_max <= since) continue;
    WOMBAT_ASSIGN(const TableReader* reader, table->reader());
    TableReader::Found hit;
    bool was_found = false;
    WOMBAT_TRY(reader->get(key, hash, kTimestampMax, true, stripe, &hit, &was_found));
    if (!was_found) continue;
    note(hit.tag);
    return Status::ok();
  }
  return Status::ok();
}

Status find_changes(const Db& db, const ReadSet& reads, Timestamp since) {
  TreeFinder trees(db);
  for (size_t i = 0; i < reads.key_count(); ++i) {
    const ReadSet::KeyView read = reads.key(i);
    Tree* tree = nullptr;
    WOMBAT_TRY(trees.find(read.keyspace, &tree));
    Timestamp changed_at = 0;
    WOMBAT_TRY(find_change(*tree, read.key, std::max(since, read.at), &changed_at));
    if (changed_at != 0)
      return conflict_on_key(read.keyspace, read.key, changed_at, std::max(since, read.at));
  }
  Status status;
  reads.ranges().for_each([&](const KeyRange& range) {
    Tree* tree = nullptr;
    status = trees.find(range.keyspace, &tree);
    if (status) status = find_range_change(*tree, range, since);
    return status.is_ok();
  });
  return status;
}

}  // namespace wombat
