#include "store_catalog.h"

namespace wombat::bench {

const std::vector<StoreKind>& store_kinds() {
  static const std::vector<StoreKind> all = {
      {"wombat", true, true, make_wombat_store, StoreRole::kAll, false},
      {"wombat-lock", true, true, make_wombat_locking_store, StoreRole::kTransactions, false},
#ifdef WOMBAT_COMPARE_ROCKSDB
      {"rocksdb", true, true, make_rocksdb_store},
      {"rocksdb-mmap", true, true, make_rocksdb_mapped_store},
      {"rocksdb-blob", true, true, make_rocksdb_blob_store, StoreRole::kLargeValues},
      {"rocksdb-occ", true, true, make_rocksdb_optimistic_store, StoreRole::kTransactions},
      {"rocksdb-lock", true, true, make_rocksdb_locking_store, StoreRole::kTransactions},
#endif
#ifdef WOMBAT_COMPARE_LEVELDB
      {"leveldb", true, true, make_leveldb_store},
#endif
#ifdef WOMBAT_COMPARE_LMDB
      {"lmdb", false, true, make_lmdb_store, StoreRole::kAll},
#endif
#ifdef WOMBAT_COMPARE_WIREDTIGER
      {"wiredtiger", true, true, make_wiredtiger_store},
      {"wiredtiger-lsm", true, false, make_wiredtiger_lsm_store},
#endif
  };
  return all;
}

const StoreKind* find_store_kind(std::string_view name) {
  for (const StoreKind& kind : store_kinds())
    if (name == kind.name) return &kind;
  return nullptr;
}

}  // namespace wombat::bench
