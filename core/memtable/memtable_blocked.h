/// The memtable over a blocked index: the default kind.
#pragma once

#include "memtable/memtable.h"

namespace wombat {

/// Throws std::bad_alloc.
std::unique_ptr<Memtable> make_blocked_memtable(std::shared_ptr<BlockPool> pool);

}  // namespace wombat
