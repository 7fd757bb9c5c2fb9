#include "db/commit_check.h"

#include <algorithm>

#include "db/db.h"
#include "db/point_values.h"
#include "db/run_iterator.h"

namespace wombat {

namespace {

std::string shown(Bytes key) { return '"' + escape_bytes(key) + '"'; }

std::string keyspace_suffix(uint32_t keyspace) {
  return keyspace == 0 ? std::string() : " of keyspace " + std::to_string(keyspace);
}

/// A memtable that was begun after `since` holds newer entries only, and so may older ones; one that was not is the
/// last that may hold any.
/// Tables that were taken in from outside may be younger than the memtable.
bool is_last_to_search(const Tree& tree, const Memtable& memtable, Timestamp since) {
  return memtable.begins_after() <= since && tree.ingested_at() <= since;
}

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

/// The first range delete that reaches into `range` and is later than `since`.
Status find_in_ranges(const RangeSet& deleted, const KeyRange& range, Timestamp since) {
  const std::vector<RangeSet::Fragment>& all = deleted.fragments();
  auto fragment = std::partition_point(
      all.begin(), all.end(), [&](const RangeSet::Fragment& one) { return !one.reaches(range.lower); });
  for (; fragment != all.end() && (!range.upper || compare_bytes(fragment->lower, *range.upper) < 0);
       ++fragment) {
    const Timestamp at = fragment->timestamps.front();
    if (at <= since) continue;
    WrittenKey write{range.keyspace, fragment->lower, true, {}};
    if (fragment->has_upper) write.upper = Bytes(fragment->upper);
    return conflict_status(write, at, since);
  }
  return Status::ok();
}

Status find_in_tables(const RunIndex& run, const KeyRange& range, Timestamp since) {
  for (size_t i = run.find_at_or_behind(range.lower, key_prefix(range.lower)); i < run.tables.size(); ++i) {
    OpenTable* const table = run.tables[i];
    if (range.upper && compare_bytes(table->info.smallest_key, *range.upper) >= 0) break;
    if (table->info.timestamp_max <= since) continue;
    if (table->info.range_count != 0) {
      WOMBAT_ASSIGN(const TableReaderRef reader, table->hold());
      if (reader->ranges() != nullptr) WOMBAT_TRY(find_in_ranges(*reader->ranges(), range, since));
    }
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
    for (const RangeSetPtr& deleted : memtable->ranges().sets())
      WOMBAT_TRY(find_in_ranges(*deleted, range, since));
    if (is_last_to_search(tree, *memtable, since)) return Status::ok();
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

Status find_change(Tree& tree, Bytes key, uint64_t hash, Timestamp since, Timestamp* changed_at) {
  *changed_at = 0;
  const EpochGuard guard(process_epochs());
  ReadState& state = tree.read_state(guard);
  const auto note = [&](Timestamp at) { *changed_at = at > since ? at : 0; };
  for (const MemtablePtr& memtable : state.memtables) {
    const Timestamp cover = memtable->ranges().empty() ? 0 : memtable->ranges().cover(key, kTimestampMax);
    Memtable::Found hit;
    const bool was_found = memtable->may_contain(hash) && memtable->get(key, kTimestampMax, &hit);
    if (was_found || cover != 0) {  // everything behind is older
      note(std::max(cover, was_found ? tag_timestamp(hit.tag) : 0));
      return Status::ok();
    }
    if (is_last_to_search(tree, *memtable, since)) return Status::ok();
  }
  const uint64_t prefix = key_prefix(key);
  ReadStripe& stripe = tree.db().read_counters().stripe(guard.slot_index());
  for (const RunIndex& run : state.runs) {
    OpenTable* const table = run.find(key, prefix);
    if (table == nullptr || table->info.timestamp_max <= since) continue;
    WOMBAT_ASSIGN(const TableReader* reader, table->reader());
    const Timestamp cover = cover_of(*reader, key, kTimestampMax);
    TableReader::Found hit;
    bool was_found = false;
    WOMBAT_TRY(reader->get(key, hash, kTimestampMax, true, stripe, &hit, &was_found));
    if (!was_found && cover == 0) continue;
    note(std::max(cover, was_found ? tag_timestamp(hit.tag) : 0));
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
    WOMBAT_TRY(find_change(*tree, read.key, read.key_hash, std::max(since, read.at), &changed_at));
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
