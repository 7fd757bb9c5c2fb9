/// Point reads: memtables newest first, then the runs of the tree in the order in which newer versions are
/// found. Within an epoch, without locks.
#include "base/hash.h"
#include "db/db.h"
#include "db/point_values.h"

namespace wombat {

namespace {

inline void count_found(ReadStripe& stripe, const FoundValue& value) {
  stripe.add(ReadCounter::kGetsFound);
  stripe.add(ReadCounter::kGetBytes, value.value.size());
}

}  // namespace

Status Tree::answer_other(const EpochGuard& guard, ReadState& state, Bytes key, Timestamp at, bool fill_cache,
                          FoundValue* value, bool* found) {
  WOMBAT_TRY(resolve_entry({guard, state, at, fill_cache, db_.rules_}, key, value->tag, value, found));
  if (*found) count_found(db_.read_counters_.stripe(guard.slot_index()), *value);
  return Status::ok();
}

Status Tree::get_under_ranges(const EpochGuard& guard, ReadState& state, Bytes key, Timestamp at,
                              bool fill_cache, FoundValue* value, bool* found) {
  ReadStripe& stripe = db_.read_counters_.stripe(guard.slot_index());
  stripe.add(ReadCounter::kGets);
  value->state = &state;
  WOMBAT_TRY(find_under_ranges({guard, state, at, fill_cache, db_.rules_}, key, hash_key(key), stripe,
                               &value->tag, value, found));
  return *found ? answer_other(guard, state, key, at, fill_cache, value, found) : Status::ok();
}

Status Tree::find_entry(const EpochGuard& guard, ReadState& state, Bytes key, Timestamp at, bool fill_cache,
                        FoundValue* value, bool* found) {
  ReadStripe& stripe = db_.read_counters_.stripe(guard.slot_index());
  stripe.add(ReadCounter::kGets);
  *found = false;
  value->state = &state;
  value->tag = 0;
  const uint64_t hash = hash_key(key);
  for (const MemtablePtr& memtable : state.memtables) {
    Memtable::Found hit;
    if (!memtable->may_contain(hash) || !memtable->get(key, at, &hit)) continue;
    stripe.add(ReadCounter::kMemtableHits);
    *found = tag_kind(hit.tag) == Kind::kPut;
    value->tag = hit.tag;
    value->value = hit.value;
    value->frame = nullptr;
    if (*found) count_found(stripe, *value);
    return Status::ok();
  }
  const uint64_t prefix = key_prefix(key);
  for (const RunIndex& run : state.runs) {
    OpenTable* const table = run.find(key, prefix);
    if (table == nullptr) continue;
    const TableReader* reader = table->reader_if_open();
    if (reader == nullptr) [[unlikely]] {
      WOMBAT_ASSIGN(reader, table->reader());
    }
    TableReader::Found hit;
    bool was_found = false;
    WOMBAT_TRY(reader->get(key, hash, at, fill_cache, stripe, &hit, &was_found));
    if (!was_found) continue;
    *found = tag_kind(hit.tag) == Kind::kPut;
    value->tag = hit.tag;
    value->value = hit.value;
    value->frame = hit.frame;
    if (*found) count_found(stripe, *value);
    return Status::ok();
  }
  return Status::ok();
}

Timestamp Db::take_snapshot() {
  statistics_.add(Counter::kSnapshots);
  return snapshots_.take();
}

}  // namespace wombat
