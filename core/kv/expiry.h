/// Puts that expire (Kind::kExpiringPut): value = time u64 | value of the user. The time is wall-clock microseconds
/// since 1970, little-endian. From then on the entry is what a delete of the same timestamp would be.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/coding.h"

namespace wombat {

inline constexpr size_t kExpirySize = sizeof(uint64_t);
/// The put stays, whatever the time to live of the database is. A merge writes it as an ordinary put.
inline constexpr uint64_t kNeverExpires = ~uint64_t{0};

/// False: damage, the value of an expiring put has a time in front.
inline bool has_expiry(Bytes value) { return value.size() >= kExpirySize; }
inline uint64_t expiry_of(Bytes value) { return load_le<uint64_t>(value.data()); }
inline Bytes without_expiry(Bytes value) { return value.substr(kExpirySize); }
inline bool is_expired(uint64_t expires_at_us, uint64_t now_us) {
  return expires_at_us <= now_us && expires_at_us != kNeverExpires;
}

/// The time `ttl_ms` from now; the last one there is when that lies beyond.
inline uint64_t expiry_after(uint64_t now_us, uint64_t ttl_ms) {
  constexpr uint64_t kLast = kNeverExpires - 1;
  if (ttl_ms > (kLast - now_us) / 1000) return kLast;
  return now_us + ttl_ms * 1000;
}

inline std::string with_expiry(uint64_t expires_at_us, Bytes value) {
  std::string bytes;
  bytes.reserve(kExpirySize + value.size());
  append_le<uint64_t>(&bytes, expires_at_us);
  return bytes.append(value);
}

}  // namespace wombat
