/// Checksums (XXH3-64) that also depend on where the bytes belong, so that a block in the wrong place, in the
/// wrong file or left over from an older file fails as a damaged one does.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace wombat {

/// Identity of a database, drawn at random when it is created.
using DatabaseId = std::array<uint8_t, 16>;

/// Where checksummed bytes live. `seed_at` mixes database, file and offset: XXH3-64, seed 0, of the 16 bytes
/// of the database id and the file number as u64, exclusive-or the offset times 0x9E3779B97F4A7C15.
class ChecksumContext {
 public:
  ChecksumContext() = default;
  ChecksumContext(const DatabaseId& database_id, uint64_t file_number);
  uint64_t seed_at(uint64_t offset) const { return base_ ^ (offset * 0x9E3779B97F4A7C15ull); }

 private:
  uint64_t base_ = 0;
};

/// XXH3-64 of `bytes` with `seed`.
uint64_t checksum64(Bytes bytes, uint64_t seed);

/// Checksum of `first` (a short head) and `second` (its body) that lie apart: checksum64(second,
/// checksum64(first, seed)). A format fact; it is not the checksum of the joined bytes.
uint64_t checksum64(Bytes first, Bytes second, uint64_t seed);

}  // namespace wombat
