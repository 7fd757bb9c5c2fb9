/// The objects behind the handles of wombat.h, and how calls reach them.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/cancellation.h"
#include "base/epoch.h"
#include "boundary.h"
#include "db/db.h"
#include "db/db_iterator.h"
#include "db/external_table.h"
#include "db/options.h"
#include "db/transaction.h"
#include "db/transaction_iterator.h"
#include "handle_table.h"
#include "kv/write_batch.h"
#include "value_buffer.h"

namespace wombat {

struct OptionsObject {
  Options options;
  LogFunction log_function = nullptr;
  void* log_user_data = nullptr;
  MergeOperators::Own merge_operators;
  std::shared_ptr<const CompactionFilter> compaction_filter;
};

/// A keyspace of a database. Shared with calls that are under way in other threads; freed through the epoch. These
/// use `tree` and `database`; only who made the object and who ends it touch `db`. A Db waits, before it goes, for all
/// readers that are inside an epoch, so it outlives what they read here.
struct DatabaseObject : Retirable {
  /// Of the default keyspace.
  explicit DatabaseObject(const std::shared_ptr<Db>& opened)
      : DatabaseObject(opened, opened->default_tree().shared_from_this()) {}
  /// `keyspace_only`: the end of the handle does not close the database.
  DatabaseObject(std::shared_ptr<Db> opened, std::shared_ptr<Tree> keyspace, bool keyspace_only = false)
      : tree(keyspace.get()),
        database(opened.get()),
        is_keyspace(keyspace_only),
        db(std::move(opened)),
        owned_tree(std::move(keyspace)) {}
  Tree* const tree;
  Db* const database;
  const bool is_keyspace;
  std::shared_ptr<Db> db;
  std::shared_ptr<Tree> owned_tree;  // goes with the object: others may be inside
};

struct SnapshotObject : Retirable {
  Db* database = nullptr;
  Timestamp timestamp = 0;
  std::shared_ptr<Db> db;
};

/// What an iterator shows of a row: everything, values that lie in value files when they are asked for, keys.
enum class RowParts { kAll, kLazyValues, kKeys };

struct CancelObject : Retirable {
  std::shared_ptr<CancelToken> token = std::make_shared<CancelToken>();
};

struct BatchObject {
  WriteBatch batch;
  std::vector<std::weak_ptr<Tree>> trees;  // that operations were given to, each once

  void add_tree(const std::shared_ptr<Tree>& tree) {
    for (const std::weak_ptr<Tree>& known : trees)
      if (!known.owner_before(tree) && !tree.owner_before(known)) return;
    trees.push_back(tree);
  }
};

/// Holds values in place, blocks through their pins, memtables through the read state; small ones also in memory of
/// its own, which costs less than many pins. The order of members is that of need: `db` goes last.
struct PinObject {
  std::shared_ptr<Db> db;
  ReadStateRef state;
  std::vector<FramePin> frames;
  ValueBuffer values;
  std::vector<std::unique_ptr<std::string>> merged;

  /// Where the bytes of `found` stay until release(). The caller is inside the epoch in which it was found. Null:
  /// the database is closed. Throws std::bad_alloc.
  const char* keep(FoundValue& found, Db& owner, bool copies_small_values) {
    if (copies_small_values && found.value.size() <= ValueBuffer::kValueSizeMax)
      return values.add(found.value);
    if (found.merged != nullptr) {
      merged.push_back(std::move(found.merged));
      return found.value.data();
    }
    if (db == nullptr && (db = owner.weak_from_this().lock()) == nullptr) return nullptr;
    if (found.frame != nullptr) {
      frames.emplace_back(found.frame);
    } else if (!state) {
      state = ReadStateRef(found.state);
    }
    return found.value.data();
  }
  void release() {
    frames.clear();
    state.reset();
    db.reset();
    values.clear();
    merged.clear();
  }
};

struct IteratorObject {
  IteratorObject(const EpochGuard& guard, std::shared_ptr<Db>&& db, Tree& tree,
                 const IteratorSettings& settings, RowParts row_parts)
      : parts(row_parts) {
    plain.emplace(guard, std::move(db), tree, settings);
  }
  IteratorObject(std::unique_ptr<TransactionIterator> cursor, RowParts row_parts)
      : in_transaction(std::move(cursor)), parts(row_parts) {}
  const Db& db() const { return plain ? plain->db() : in_transaction->transaction().db(); }

  std::optional<DbIterator> plain;
  std::unique_ptr<TransactionIterator> in_transaction;  // or this
  const RowParts parts;
  /// The row that the cursor is back on when its last step was taken back; nothing: it is on none then.
  std::optional<uint64_t> expires_before_unread_us;
};

/// Shared with its iterators, and with calls that are under way in other threads.
struct TransactionObject : Retirable {
  explicit TransactionObject(std::shared_ptr<Transaction> begun)
      : known(begun), transaction(std::move(begun)) {}
  const std::weak_ptr<Transaction> known;    // for calls, which may race with the end
  std::shared_ptr<Transaction> transaction;  // for who makes and who ends it
};

struct BuilderObject {
  std::unique_ptr<ExternalTableBuilder> builder;
};

template <typename T>
struct HandleTraits;
template <>
struct HandleTraits<OptionsObject> {
  static constexpr HandleKind kKind = HandleKind::kOptions;
  static constexpr const char* kName = "options";
};
template <>
struct HandleTraits<DatabaseObject> {
  static constexpr HandleKind kKind = HandleKind::kDatabase;
  static constexpr const char* kName = "db";
};
template <>
struct HandleTraits<SnapshotObject> {
  static constexpr HandleKind kKind = HandleKind::kSnapshot;
  static constexpr const char* kName = "snapshot";
};
template <>
struct HandleTraits<CancelObject> {
  static constexpr HandleKind kKind = HandleKind::kCancel;
  static constexpr const char* kName = "cancel";
};
template <>
struct HandleTraits<BatchObject> {
  static constexpr HandleKind kKind = HandleKind::kBatch;
  static constexpr const char* kName = "batch";
};
template <>
struct HandleTraits<PinObject> {
  static constexpr HandleKind kKind = HandleKind::kPin;
  static constexpr const char* kName = "pin";
};
template <>
struct HandleTraits<IteratorObject> {
  static constexpr HandleKind kKind = HandleKind::kIterator;
  static constexpr const char* kName = "iterator";
};

template <>
struct HandleTraits<TransactionObject> {
  static constexpr HandleKind kKind = HandleKind::kTransaction;
  static constexpr const char* kName = "txn";
};

template <>
struct HandleTraits<BuilderObject> {
  static constexpr HandleKind kKind = HandleKind::kBuilder;
  static constexpr const char* kName = "builder";
};

/// Why a handle led nowhere.
Status no_such_handle(const void* handle, const char* name);

template <typename T>
T* resolve(const void* handle) noexcept {
  return static_cast<T*>(resolve_handle(handle, HandleTraits<T>::kKind));
}

template <typename T>
Status resolve(const void* handle, T** object) {
  *object = resolve<T>(handle);
  return *object != nullptr ? Status::ok() : no_such_handle(handle, HandleTraits<T>::kName);
}

/// Gives `object` a handle and the caller the handle.
template <typename T, typename Public>
void publish(std::unique_ptr<T> object, Public** handle) {
  *handle = static_cast<Public*>(make_handle(HandleTraits<T>::kKind, object.get()));
  static_cast<void>(object.release());
}

/// Ends the handle of an object that one thread uses at a time, and frees the object.
template <typename T>
void destroy(void* handle) noexcept {
  guarded_free([&] { delete static_cast<T*>(end_handle(handle, HandleTraits<T>::kKind)); });
}

/// Frees an object, whose handle has ended, when no other thread can be using it any more.
template <typename T>
void retire(T* object) noexcept {
  object->reclaim = [](Retirable* self) { delete static_cast<T*>(self); };
  process_epochs().retire(object);
}

/// The same without hurry, for objects that come in numbers and hold nothing that is waited for.
template <typename T>
void retire_later(T* object) noexcept {
  object->reclaim = [](Retirable* self) { delete static_cast<T*>(self); };
  process_epochs().retire_later(object, sizeof(T));
}

/// What a handle of a database, or of one of its keyspaces, leads to. The database is not reached through the tree,
/// so that a read need not wait for it.
struct Place {
  Tree* tree = nullptr;
  Db* db = nullptr;
};

/// The place of a handle inside the caller's epoch; refuses closed, dropped and forked ones.
inline Status enter_database(const EpochGuard&, const wombat_db* handle, Place* place) {
  DatabaseObject* const object = resolve<DatabaseObject>(handle);
  if (object == nullptr) [[unlikely]]
    return no_such_handle(handle, "db");
  *place = {object->tree, object->database};
  if (place->tree->is_shut()) [[unlikely]]
    return place->tree->why_shut();
  return Status::ok();
}

/// The same for a call that close() waits for: until `call` ends the place stays, without shared ownership.
Status enter_call(const wombat_db* handle, Place* place, std::optional<Tree::CallScope>* call);

/// The same with shared ownership, for calls that leave the epoch.
struct SharedPlace {
  std::shared_ptr<Db> db;
  std::shared_ptr<Tree> tree;  // goes before `db`
};
/// With shared ownership of the database alone, which is enough inside the epoch.
Status share_database(const EpochGuard& guard, const wombat_db* handle, std::shared_ptr<Db>* db, Tree** tree);
Status share_database(const wombat_db* handle, SharedPlace* place);

/// The moment that a read is to show, of at most one of the three that can be given; 0: now. A snapshot must belong to `db`.
/// `*is_past`: see Db::check_history().
Status read_moment(const EpochGuard& guard, const wombat_snapshot* snapshot, uint64_t as_of_timestamp,
                   uint64_t as_of_time_us, const Db& db, Timestamp* timestamp, bool* is_past);

}  // namespace wombat
