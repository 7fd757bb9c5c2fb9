/// An entry of a bulk load on its way: the keyspace's place in the list and the key as one string, so that they sort
/// together; when the entry expires and the value as another.
#pragma once

#include <cstdint>
#include <string>

#include "little_endian.h"
#include "text.h"

namespace wombat::cli {

inline constexpr size_t kSpacePrefixSize = 4;
inline constexpr size_t kExpiryPrefixSize = 8;

/// Views of what is kept elsewhere.
struct BulkEntry {
  Bytes place;    // number of the keyspace, u32 big-endian; key
  Bytes content;  // microseconds since 1970, u64 little-endian, 0: never; value

  uint32_t space() const {
    uint32_t number = 0;
    for (size_t i = 0; i < kSpacePrefixSize; ++i) number = number << 8 | static_cast<unsigned char>(place[i]);
    return number;
  }
  Bytes key() const { return place.substr(kSpacePrefixSize); }
  uint64_t expires_at_us() const { return load_u64(content.data()); }
  Bytes value() const { return content.substr(kExpiryPrefixSize); }
};

inline void append_space(uint32_t number, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(number >> shift));
}

}  // namespace wombat::cli
