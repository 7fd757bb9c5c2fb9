/// The memtable over a skip list: the reference kind, kept selectable beside faster ones.
#pragma once

#include "memtable/memtable.h"

namespace wombat {

/// Throws std::bad_alloc.
std::unique_ptr<Memtable> make_skiplist_memtable(std::shared_ptr<BlockPool> pool);

}  // namespace wombat
