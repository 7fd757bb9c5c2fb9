/// The engines that this program was built with.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "store.h"

namespace wombat::bench {

/// Kinds of workloads that not every engine, or not every way of setting one up, is there for.
enum class StoreUse { kPlain, kLargeValues, kTransactions };

/// For which workloads an engine is there.
enum class StoreRole {
  kPlain,  // all but transactions
  kAll,
  kLargeValues,   // another way of keeping large values: only these
  kTransactions,  // another way of doing transactions: only these
};

struct StoreKind {
  const char* name;
  bool
      is_logged;  // a write that returned survives the end of the process by a log, whatever the files look like
  bool by_default;  // takes part unless --engines says otherwise
  std::unique_ptr<Store> (*make)(const StoreSettings& settings);
  StoreRole role = StoreRole::kPlain;
  bool is_peer = true;  // not Wombat in another way

  bool takes_part(StoreUse use) const {
    if (role == StoreRole::kAll) return true;
    if (role == StoreRole::kPlain) return use != StoreUse::kTransactions;
    return use == (role == StoreRole::kTransactions ? StoreUse::kTransactions : StoreUse::kLargeValues);
  }
};

/// Wombat first.
const std::vector<StoreKind>& store_kinds();
/// nullptr when there is none.
const StoreKind* find_store_kind(std::string_view name);

std::unique_ptr<Store> make_wombat_store(const StoreSettings& settings);
/// Its transactions take locks.
std::unique_ptr<Store> make_wombat_locking_store(const StoreSettings& settings);
std::unique_ptr<Store> make_rocksdb_store(const StoreSettings& settings);
/// Tables mapped into memory instead of a block cache.
std::unique_ptr<Store> make_rocksdb_mapped_store(const StoreSettings& settings);
/// With BlobDB: large values in files of their own.
std::unique_ptr<Store> make_rocksdb_blob_store(const StoreSettings& settings);
/// An OptimisticTransactionDB, and a TransactionDB.
std::unique_ptr<Store> make_rocksdb_optimistic_store(const StoreSettings& settings);
std::unique_ptr<Store> make_rocksdb_locking_store(const StoreSettings& settings);
std::unique_ptr<Store> make_leveldb_store(const StoreSettings& settings);
std::unique_ptr<Store> make_lmdb_store(const StoreSettings& settings);
std::unique_ptr<Store> make_wiredtiger_store(const StoreSettings& settings);
/// Its LSM tree instead of its B-tree.
std::unique_ptr<Store> make_wiredtiger_lsm_store(const StoreSettings& settings);

}  // namespace wombat::bench
