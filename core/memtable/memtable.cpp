#include "memtable/memtable.h"

#include "base/bytes.h"
#include "memtable/memtable_blocked.h"
#include "memtable/memtable_skiplist.h"

namespace wombat {

Result<std::unique_ptr<Memtable>> make_memtable(std::string_view kind, std::shared_ptr<BlockPool> pool) {
  if (pool == nullptr) pool = std::make_shared<BlockPool>(0);
  if (kind == "blocked") return std::unique_ptr<Memtable>(make_blocked_memtable(std::move(pool)));
  if (kind == "skiplist") return std::unique_ptr<Memtable>(make_skiplist_memtable(std::move(pool)));
  const std::string shown = "memtable.kind = \"" + escape_bytes(kind) + "\"";
  if (kind == "hash") {
    return Status::unsupported(shown + " is not supported by this version; use \"blocked\" or \"skiplist\"");
  }
  return Status::invalid_argument(shown + " is none of \"blocked\", \"skiplist\", \"hash\"");
}

}  // namespace wombat
