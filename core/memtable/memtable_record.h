/// An entry in a memtable's arena, and the chain of the versions of its key, newest first. Older versions are
/// reached through a VersionLink, so that the usual key, which has one, pays eight bytes for it.
///
/// The chain carries skew-binary jump pointers (Myers, "An applicative random-access stack", 1983): any version is
/// found in a logarithmic number of steps, also for a key that was written a million times.
#pragma once

#include <cstdint>

#include "kv/entry.h"

namespace wombat {

struct MemRecord;

/// Immutable, like everything it leads to.
struct VersionLink {
  const MemRecord* older;  // the next one
  const MemRecord* jump;   // one further down, or the next one
  uint32_t depth;          // versions below, at least 1
};

/// Followed by key and value.
struct MemRecord {
  Tag tag;
  const VersionLink* versions;  // null for the oldest; set before the record is published
  uint32_t value_size;
  uint16_t key_size;

  Bytes key() const { return Bytes(reinterpret_cast<const char*>(this + 1), key_size); }
  Bytes value() const { return Bytes(reinterpret_cast<const char*>(this + 1) + key_size, value_size); }
  Timestamp timestamp() const { return tag_timestamp(tag); }
  uint32_t depth() const { return versions == nullptr ? 0 : versions->depth; }
};

/// What to put on top of `newest`.
inline VersionLink link_above(const MemRecord* newest) {
  const MemRecord* const jump = newest->versions == nullptr ? newest : newest->versions->jump;
  const MemRecord* const second = jump->versions == nullptr ? jump : jump->versions->jump;
  const bool spans_match = newest->depth() - jump->depth() == jump->depth() - second->depth();
  return {newest, spans_match && newest->versions != nullptr ? second : newest, newest->depth() + 1};
}

/// The newest version not later than `at`, or null.
inline const MemRecord* version_at(const MemRecord* newest, Timestamp at) {
  const MemRecord* record = newest;
  while (record->timestamp() > at) {
    if (record->versions == nullptr) return nullptr;
    const MemRecord* const jump = record->versions->jump;
    record = jump->timestamp() > at ? jump : record->versions->older;
  }
  return record;
}

/// The version with `depth` versions below it; there must be one.
inline const MemRecord* version_of_depth(const MemRecord* newest, uint32_t depth) {
  const MemRecord* record = newest;
  while (record->depth() > depth) {
    const MemRecord* const jump = record->versions->jump;
    record = jump->depth() >= depth ? jump : record->versions->older;
  }
  return record;
}

}  // namespace wombat
