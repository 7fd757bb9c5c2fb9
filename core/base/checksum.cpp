#include "base/checksum.h"

#include <cstring>

#include "base/coding.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace wombat {

ChecksumContext::ChecksumContext(const DatabaseId& database_id, uint64_t file_number) {
  char place[sizeof(DatabaseId) + sizeof(uint64_t)];
  std::memcpy(place, database_id.data(), database_id.size());
  store_le(place + database_id.size(), file_number);
  base_ = XXH3_64bits(place, sizeof(place));
}

uint64_t checksum64(Bytes bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

uint64_t checksum64(Bytes first, Bytes second, uint64_t seed) {
  return checksum64(second, checksum64(first, seed));
}

}  // namespace wombat
