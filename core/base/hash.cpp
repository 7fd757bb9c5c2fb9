#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace wombat {

uint64_t hash_key(Bytes key) { return XXH3_64bits(key.data(), key.size()); }

}  // namespace wombat
