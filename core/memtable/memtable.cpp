#include "memtable/memtable.h"

#include "base/bytes.h"
#include "memtable/memtable_blocked.h"
#include "memtable/memtable_skiplist.h"

namespace wombat {

uint32_t Memtable::get_group(const Bytes* keys, size_t count, Timestamp at, Found* found) const {
  uint32_t mask = 0;
  for (size_t i = 0; i < count; ++i) mask |= uint32_t{get(keys[i], at, &found[i])} << i;
  return mask;
}

Result<std::unique_ptr<Memtable>> make_memtable(std::string_view kind, std::shared_ptr<BlockPool> pool,
                                                size_t filter_size_bytes) {
  if (pool == nullptr) pool = std::make_shared<BlockPool>(0);
  std::unique_ptr<Memtable> memtable;
  auto charge = std::make_unique<MemoryCharge>(pool->account());
  if (kind == "blocked") memtable = make_blocked_memtable(std::move(pool));
  if (kind == "skiplist") memtable = make_skiplist_memtable(std::move(pool));
  if (memtable != nullptr) {
    memtable->filter_ = MemtableFilter(filter_size_bytes);
    charge->set(filter_size_bytes);
    memtable->filter_charge_ = std::move(charge);
    return memtable;
  }
  const std::string shown = "memtable.kind = \"" + escape_bytes(kind) + "\"";
  if (kind == "hash") {
    return Status::unsupported(shown + " is not supported by this version; use \"blocked\" or \"skiplist\"");
  }
  return Status::invalid_argument(shown + " is none of \"blocked\", \"skiplist\", \"hash\"");
}

}  // namespace wombat
