/// The keyspace in which a database keeps things of its own: prepared transactions, and the times of commits. It is made
/// when it is needed first, and not shown to users.
#pragma once

#include <string>
#include <string_view>

#include "base/coding.h"
#include "kv/entry.h"

namespace wombat {

/// No user can choose it: it begins with a control character.
inline constexpr std::string_view kSystemKeyspaceName = "\x01system";
inline bool is_system_keyspace_name(std::string_view name) { return !name.empty() && name[0] == '\x01'; }

/// Keys: "p" name: a prepared transaction (txn/prepared_record.h); "t" wall-clock microseconds since 1970 u64
/// big-endian: the newest commit at that time, u64.
inline constexpr char kPreparedKey = 'p';
inline constexpr char kTimeKey = 't';

inline std::string prepared_key(std::string_view name) { return kPreparedKey + std::string(name); }
inline std::string time_key(uint64_t wall_us) {
  std::string key(1, kTimeKey);
  for (int shift = 56; shift >= 0; shift -= 8) key += static_cast<char>(wall_us >> shift);
  return key;
}
/// False for a key that time_key() did not make.
inline bool read_time_key(Bytes key, uint64_t* wall_us) {
  if (key.size() != 9 || key[0] != kTimeKey) return false;
  *wall_us = 0;
  for (size_t i = 1; i < 9; ++i) *wall_us = *wall_us << 8 | static_cast<unsigned char>(key[i]);
  return true;
}

}  // namespace wombat
