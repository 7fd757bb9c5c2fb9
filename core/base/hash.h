/// The one hash of user keys. Filters and block fingerprints are built from it: it is part of the table
/// format.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace wombat {

/// XXH3-64 with seed 0. Filter block = high bits, fingerprint = bits 32 to 39, filter bits = low 32 bits.
uint64_t hash_key(Bytes key);

}  // namespace wombat
