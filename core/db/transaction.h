/// A transaction: reads as of its start and its own writes on top, committed when nothing that it depends on has
/// changed meanwhile (commit_check.h). Savepoints and locks included.
///
/// One thread at a time: every call goes through an Entry, which turns a second thread away. Shared with its iterators
/// (transaction_iterator.h).
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "db/db.h"
#include "db/write_request.h"
#include "txn/lock_table.h"
#include "txn/read_set.h"
#include "txn/write_index.h"

namespace wombat {

class TransactionIterator;
struct IteratorSettings;

enum class Isolation { kSerializable = 0, kSnapshot = 1, kReadCommitted = 2 };

struct TransactionSettings {
  Isolation isolation = Isolation::kSerializable;
  bool is_read_only = false;
  bool is_pessimistic = false;
  bool detects_conflicts = true;
  Deadline deadline;
  uint64_t lock_timeout_us = 0;  // 0: no limit
  size_t size_bytes_max = 0;
  size_t read_count_max = 0;
  size_t write_count_max = 0;
};

class Transaction : public std::enable_shared_from_this<Transaction> {
 public:
  /// What the options of the database say.
  static TransactionSettings default_settings(const Db& db);
  /// `home` is the keyspace, of `db`, that calls are about which name none.
  static Result<std::shared_ptr<Transaction>> begin(std::shared_ptr<Db> db, std::shared_ptr<Tree> home,
                                                    const TransactionSettings& settings);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  /// Rolls back, now or when the thread that is inside has left.
  void end_when_free() noexcept;

  /// The stay of a thread in a call.
  class Entry {
   public:
    explicit Entry(Transaction& transaction)
        : transaction_(transaction),
          is_inside_(!transaction.is_busy_.exchange(true, std::memory_order_seq_cst)) {}
    ~Entry() {
      if (!is_inside_) return;
      transaction_.is_busy_.store(false, std::memory_order_seq_cst);
      if (transaction_.wants_end_.load(std::memory_order_seq_cst) && !transaction_.has_ended()) [[unlikely]]
        transaction_.end_when_free();
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    bool is_inside() const { return is_inside_; }
    /// kInUse, kTxnEnded, kTimedOut (the transaction then ends), kClosed or kForked.
    Status check() const;

   private:
    Transaction& transaction_;
    const bool is_inside_;
  };

  // The calls. Each is made inside an Entry that has been checked; the trees belong to db().

  /// Calls `use(Bytes)` with the value, which is valid meanwhile, and returns what that does; kNotFound when absent.
  template <typename Use>
  Status get(Tree& tree, Bytes key, bool for_update, Use use) {
    WOMBAT_TRY(note_read(tree, key, for_update));
    const EpochGuard guard(process_epochs());
    Value value;
    WOMBAT_TRY(find(guard, tree, key, 0, &value));
    return value.is_there ? use(value.bytes) : Status::outcome(Code::kNotFound);
  }
  /// `kind` and `value` are those of an entry that sets or deletes the key.
  Status set(Tree& tree, Bytes key, Kind kind, Bytes value);
  /// `value` is that of an entry (kv/merge_operator.h).
  Status merge(Tree& tree, Bytes key, Bytes value);
  /// From `lower` on, below `upper` (null: to the end), which is greater. Takes no locks.
  Status delete_range(Tree& tree, Bytes lower, const Bytes* upper);
  /// The transaction is not told what the iterator goes over before attach(), which comes when nothing can fail any more:
  /// an iterator that ends waits for the end of the call that is inside.
  Result<std::unique_ptr<TransactionIterator>> new_iterator(Tree& tree, const IteratorSettings& settings);
  /// Of the newest iterator.
  void attach(TransactionIterator& iterator) noexcept;

  void set_savepoint() { writes_.set_savepoint(); }
  Status rollback_to_savepoint() { return writes_.rollback_to_savepoint(); }
  Status release_savepoint() { return writes_.release_savepoint(); }

  /// `request` says how to write; its record becomes this transaction's. `*committed_at`: 0 when there was nothing to
  /// write. The transaction has ended then, unless it was kept from trying.
  Status commit(WriteRequest request, Timestamp* committed_at);
  /// Makes it durable under `name`, checked so that it can be committed whatever happens until then, by
  /// Db::decide_prepared(). The transaction has ended then.
  Status prepare(std::string_view name);
  void rollback() noexcept { end(); }

  Db& db() const { return *db_; }
  Tree& home() const { return *home_; }
  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }

 private:
  friend class TransactionIterator;
  struct Value {
    bool is_there = false;
    Bytes bytes;
    uint64_t expires_at_us = kNeverExpires;
    FoundValue found;    // of the database; `bytes` may be a view of it
    std::string folded;  // or of this
  };

  Transaction(std::shared_ptr<Db> db, std::shared_ptr<Tree> home, const TransactionSettings& settings);

  Timestamp read_timestamp() const {
    return settings_.isolation == Isolation::kReadCommitted ? db_->visible_timestamp() : start_;
  }
  Status note_read(Tree& tree, Bytes key, bool for_update);
  Status claim(Tree& tree, Bytes key);
  Status move_start(const Tree& tree, Bytes key, Timestamp changed_at);
  Status find(const EpochGuard& guard, Tree& tree, Bytes key, Timestamp at, Value* value);
  Status fold(Bytes key, const WriteIndex::Point& point, Value* value) const;
  Status check_size();
  Status count_memory(size_t bytes);
  Status check_may_write() const;
  void remember(Tree& tree);
  Status encode_writes(WriteBatch* batch, WriteRequest* request, std::vector<Tree*>* trees) const;
  Status add_own_rows(Tree& tree, const IteratorSettings& bounds, TransactionIterator* iterator);
  void check_writes_as_well();
  void claim_writes(ReadSet* claims) const;
  Status commit_checked(WriteRequest& request, Timestamp* committed_at);
  void note_scan(const KeyRange& range);
  void let_go(TransactionIterator& iterator) noexcept;
  void end() noexcept;

  const std::shared_ptr<Db> db_;
  const std::shared_ptr<Tree> home_;  // goes before `db_`
  const TransactionSettings settings_;
  Timestamp start_ = 0;  // pinned like a snapshot
  std::atomic<bool> is_busy_{false};
  std::atomic<bool> wants_end_{false};  // nobody has a handle any more
  std::atomic<bool> has_ended_{false};
  /// What must not have changed when it commits: what a serializable transaction has read, what was read for update,
  /// and, at the commit, what is written.
  ReadSet checked_;
  bool has_unchecked_reads_ = false;  // as of the start
  bool has_lost_a_scan_ = false;      // there was no memory to note it
  WriteIndex writes_;
  MemoryCharge memory_;  // in steps of kCountedStep
  static constexpr size_t kCountedStep = 256 << 10;
  std::vector<std::shared_ptr<Tree>> written_trees_;
  std::optional<LockOwner> lock_owner_;          // of a pessimistic transaction
  std::vector<TransactionIterator*> iterators_;  // that are to tell what they go over
};

}  // namespace wombat
