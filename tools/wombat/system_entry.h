/// What an entry of the system keyspace says, for those that show entries.
#pragma once

#include <optional>
#include <string>

#include "db/system_keyspace.h"
#include "txn/prepared_record.h"

namespace wombat::cli {

struct SystemEntry {
  enum class What {
    kPrepared,  // a transaction waits for a decision
    kDecided,   // it does not any more
    kTime,      // which commit was the newest at a time
    kForgotten  // that is not known any more
  };
  What what = What::kTime;
  std::string name;         // of a transaction
  PreparedRecord prepared;  // of kPrepared
  uint64_t time_us = 0;
  uint64_t timestamp = 0;  // of kTime
};

/// Nothing for what cannot be read: it is shown as other entries are.
inline std::optional<SystemEntry> read_system_entry(Kind kind, Bytes key, Bytes value) {
  SystemEntry entry;
  if (key.empty() || (kind != Kind::kPut && kind != Kind::kDelete)) return std::nullopt;
  const bool is_there = kind == Kind::kPut;
  if (key[0] == kPreparedKey) {
    entry.what = is_there ? SystemEntry::What::kPrepared : SystemEntry::What::kDecided;
    entry.name = std::string(key.substr(1));
    if (!is_there) return entry;
    auto record = PreparedRecord::decode(value);
    if (!record) return std::nullopt;
    entry.prepared = std::move(record).value();
    return entry;
  }
  if (!read_time_key(key, &entry.time_us) || (is_there && value.size() != sizeof entry.timestamp))
    return std::nullopt;
  entry.what = is_there ? SystemEntry::What::kTime : SystemEntry::What::kForgotten;
  if (is_there) entry.timestamp = load_le<uint64_t>(value.data());
  return entry;
}

}  // namespace wombat::cli
