#include "db/point_values.h"

#include "db/read_sources.h"
#include "kv/expiry.h"
#include "kv/visible_iterator.h"

namespace wombat {

namespace {

Status unsupported_kind(Bytes key, Tag tag) {
  return Status::unsupported("an entry of kind " + std::to_string(tag & 0xFF) + " of key \"" +
                             escape_bytes(key) + "\" needs a later version of Wombat");
}

/// Merges are laid on older versions, wherever these are: as an iterator does it.
Status resolve_merge(const PointRead& read, Bytes key, FoundValue* value, bool* found) {
  SourceSettings settings;
  settings.fill_cache = read.fill_cache;
  const bool are_usual = read.fill_cache && !read.state.has_ranges();
  std::unique_ptr<Iterator> sources = are_usual ? read.state.take_sources() : nullptr;
  if (sources == nullptr) sources = open_sources(read.guard, read.state, read.at, settings);
  VisibleIterator rows(std::move(sources), read.at, {}, read.rules);
  rows.seek(key);
  WOMBAT_TRY(rows.status());
  *found = rows.valid() && rows.key() == key;
  if (*found) {
    value->merged = std::make_unique<std::string>(rows.value());
    value->value = *value->merged;
    value->expires_at_us = rows.expires_at_us();
    value->frame = nullptr;
  }
  if (are_usual) read.state.give_back(rows.take_source());
  return Status::ok();
}

Status resolve_pointer(const PointRead& read, Bytes key, Tag tag, FoundValue* value, bool* found) {
  if (!read_value_pointer(tag_kind(tag), value->value, &value->pointer) || read.rules.values == nullptr) {
    return Status::corruption("key \"" + escape_bytes(key) + "\": a damaged pointer to a value");
  }
  value->tag = tag;
  if (tag_kind(tag) == Kind::kExpiringPointer) value->expires_at_us = expiry_of(value->value);
  value->value = Bytes();
  value->frame = nullptr;
  value->fill_cache = read.fill_cache;
  *found = value->expires_at_us == kNeverExpires || !is_expired(value->expires_at_us, read.rules.now_us());
  if (!*found || !value->reads_elsewhere) return Status::ok();
  WOMBAT_TRY(
      read.rules.values->read_frame(key, value->pointer, read.fill_cache, &value->frame, &value->value));
  if (value->frame != nullptr) return Status::ok();
  value->merged = std::make_unique<std::string>();
  return read.rules.values->read(key, value->pointer, value->merged.get(), &value->value);
}

}  // namespace

Status resolve_entry(const PointRead& read, Bytes key, Tag tag, FoundValue* value, bool* found) {
  *found = false;
  switch (tag_kind(tag)) {
    case Kind::kPut:
      *found = true;
      return Status::ok();
    case Kind::kDelete:
      return Status::ok();
    case Kind::kExpiringPut:
      if (!has_expiry(value->value)) {
        return Status::corruption("key \"" + escape_bytes(key) + "\": an expiring put without a time");
      }
      value->expires_at_us = expiry_of(value->value);
      *found = !is_expired(value->expires_at_us, read.rules.now_us());
      value->value = without_expiry(value->value);
      return Status::ok();
    case Kind::kValuePointer:
    case Kind::kExpiringPointer:
      return resolve_pointer(read, key, tag, value, found);
    case Kind::kMerge:
      return resolve_merge(read, key, value, found);
    default:
      return unsupported_kind(key, tag);
  }
}

Status find_under_ranges(const PointRead& read, Bytes key, uint64_t hash, ReadStripe& stripe, Tag* tag,
                         FoundValue* value, bool* was_found) {
  *was_found = false;
  for (const MemtablePtr& memtable : read.state.memtables) {
    const Timestamp cover = memtable->ranges().empty() ? 0 : memtable->ranges().cover(key, read.at);
    Memtable::Found hit;
    if (memtable->may_contain(hash) && memtable->get(key, read.at, &hit)) {
      stripe.add(ReadCounter::kMemtableHits);
      *was_found = tag_timestamp(hit.tag) >= cover;
      *tag = hit.tag;
      value->value = hit.value;
      value->frame = nullptr;
      return Status::ok();
    }
    if (cover != 0) return Status::ok();  // everything behind is older
  }
  const uint64_t prefix = key_prefix(key);
  for (const RunIndex& run : read.state.runs) {
    OpenTable* const table = run.find(key, prefix);
    if (table == nullptr) continue;
    WOMBAT_ASSIGN(const TableReader* const reader, table->reader());
    const Timestamp cover = cover_of(*reader, key, read.at);
    TableReader::Found hit;
    bool is_in_table = false;
    WOMBAT_TRY(reader->get(key, hash, read.at, read.fill_cache, stripe, &hit, &is_in_table));
    if (is_in_table) {
      *was_found = tag_timestamp(hit.tag) >= cover;
      *tag = hit.tag;
      value->value = hit.value;
      value->frame = hit.frame;
      return Status::ok();
    }
    if (cover != 0) return Status::ok();
  }
  return Status::ok();
}

}  // namespace wombat
