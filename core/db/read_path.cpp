/// Point reads: memtables newest first, then the runs of the tree in the order in which newer versions are
/// found. Within an epoch, without locks.
#include "base/hash.h"
#include "db/db.h"

namespace wombat {

Status unsupported_kind(Tag tag) {
  return Status::unsupported("an entry of kind " + std::to_string(tag & 0xFF) +
                             " needs a later version of Wombat");
}

Status Tree::get_at(const EpochGuard& guard, ReadState& state, Bytes key, Timestamp at, bool fill_cache,
                    FoundValue* value, bool* found) {
  ReadStripe& stripe = db_.read_counters_.stripe(guard.slot_index());
  stripe.add(ReadCounter::kGets);
  *found = false;
  value->state = &state;
  const uint64_t hash = hash_key(key);
  for (const MemtablePtr& memtable : state.memtables) {
    Memtable::Found hit;
    if (!memtable->may_contain(hash) || !memtable->get(key, at, &hit)) continue;
    stripe.add(ReadCounter::kMemtableHits);
    *found = tag_kind(hit.tag) == Kind::kPut;
    value->value = hit.value;
    value->frame = nullptr;
    if (*found) {
      stripe.add(ReadCounter::kGetsFound);
      stripe.add(ReadCounter::kGetBytes, hit.value.size());
    }
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
    if (!kind_is_supported(static_cast<uint8_t>(tag_kind(hit.tag)))) {
      return unsupported_kind(hit.tag);
    }
    *found = tag_kind(hit.tag) == Kind::kPut;
    value->value = hit.value;
    value->frame = hit.frame;
    if (*found) {
      stripe.add(ReadCounter::kGetsFound);
      stripe.add(ReadCounter::kGetBytes, hit.value.size());
    }
    return Status::ok();
  }
  return Status::ok();
}

Timestamp Db::take_snapshot() {
  statistics_.add(Counter::kSnapshots);
  return snapshots_.take();
}

}  // namespace wombat
