#include "db/transaction.h"

#include <algorithm>
#include <thread>

#include "base/hash.h"
#include "db/commit_check.h"
#include "db/pinned_moment.h"
#include "db/transaction_iterator.h"
#include "db/write_limits.h"
#include "kv/expiry.h"
#include "kv/merge_fold.h"

namespace wombat {

namespace {

/// More than this is looked through before it is the writer's turn, so that others need not wait for it.
constexpr size_t kKeysCheckedInTurn = 32;

Status too_large(const char* what, size_t found, const char* option, size_t limit) {
  return Status(Code::kTooLarge, "the transaction " + std::string(what) + std::to_string(found) + "; " +
                                     option + " is " + std::to_string(limit));
}

/// So that the batch takes memory once.
size_t encoded_bytes(const WriteIndex& writes) {
  size_t bytes = 0;
  for (const auto& [at, point] : writes.points())
    bytes += WriteBatch::kOperationHeaderSize + at.key.size() + point.value.size();
  return std::min(bytes, WriteBatch::kSizeMax);
}

}  // namespace

TransactionSettings Transaction::default_settings(const Db& db) {
  TransactionSettings settings;
  settings.isolation = static_cast<Isolation>(db.setting(OptionId::kTxnIsolation));
  settings.detects_conflicts = db.setting(OptionId::kTxnConflictDetection) != 0;
  if (const int64_t timeout_ms = db.setting(OptionId::kTxnTimeout); timeout_ms != 0)
    settings.deadline.at_us = db.clock().now_us() + static_cast<uint64_t>(timeout_ms) * 1000;
  settings.lock_timeout_us = static_cast<uint64_t>(db.setting(OptionId::kTxnLockTimeout)) * 1000;
  settings.size_bytes_max = static_cast<size_t>(db.setting(OptionId::kTxnMaxSize));
  settings.read_count_max = static_cast<size_t>(db.setting(OptionId::kTxnMaxReadKeys));
  settings.write_count_max = static_cast<size_t>(db.setting(OptionId::kTxnMaxWriteKeys));
  return settings;
}

Transaction::Transaction(std::shared_ptr<Db> db, std::shared_ptr<Tree> home,
                         const TransactionSettings& settings)
    : db_(std::move(db)),
      home_(std::move(home)),
      settings_(settings),
      memory_(MemoryAccount(db_->memory(), MemoryCategory::kTransactions)) {}

Result<std::shared_ptr<Transaction>> Transaction::begin(std::shared_ptr<Db> db, std::shared_ptr<Tree> home,
                                                        const TransactionSettings& settings) {
  if (db->is_read_only() && !settings.is_read_only)
    return Status(Code::kReadOnly, db->path() + " was opened read-only: begin the transaction read-only");
  struct Access : Transaction {  // the constructor is private to everyone else
    Access(std::shared_ptr<Db> d, std::shared_ptr<Tree> t, const TransactionSettings& s)
        : Transaction(std::move(d), std::move(t), s) {}
  };
  std::shared_ptr<Transaction> transaction =
      std::make_shared<Access>(std::move(db), std::move(home), settings);
  Db& database = transaction->db();
  if (settings.is_pessimistic && !settings.is_read_only)
    transaction->lock_owner_.emplace(database.new_transaction_id(), settings.deadline);
  transaction->start_ = database.take_snapshot();
  return transaction;
}

Transaction::~Transaction() { end(); }

Status Transaction::Entry::check() const {
  if (!is_inside_) return Status(Code::kInUse, "another thread is inside a call on this transaction");
  if (transaction_.has_ended())
    return Status(Code::kTxnEnded, "the transaction was committed or rolled back before");
  Db& db = *transaction_.db_;
  if (db.is_forked())
    return Status(Code::kForked, "the database was opened by the parent process; open it in this one");
  WOMBAT_TRY(db.check_open());
  const Deadline& deadline = transaction_.settings_.deadline;
  if (deadline.at_us == 0 || !deadline.has_passed(db.clock().now_us())) return Status::ok();
  transaction_.end();
  return Status(Code::kTimedOut, "the transaction has passed its time limit and was rolled back");
}

void Transaction::end_when_free() noexcept {
  wants_end_.store(true, std::memory_order_seq_cst);
  const Entry entry(*this);  // otherwise who is inside sees to it when he leaves
  if (entry.is_inside()) end();
}

void Transaction::end() noexcept {
  if (has_ended_.exchange(true, std::memory_order_acq_rel)) return;
  memory_.set(0);
  for (TransactionIterator* const iterator : iterators_) iterator->detach();
  iterators_.clear();
  if (db_->is_forked()) return;  // locks and snapshots are the parent's
  if (lock_owner_) db_->locks().release_all(*lock_owner_);
  if (start_ != 0) db_->release_snapshot(start_);
}

/// All transactions together have a share of the memory of the database.
Status Transaction::count_memory(size_t bytes) {
  memory_.set(bytes / kCountedStep * kCountedStep);
  const uint64_t used = db_->memory()->used(MemoryCategory::kTransactions);
  const uint64_t limit = db_->memory_shares().transaction_bytes_max;
  if (used <= limit) return Status::ok();
  return Status(Code::kNoMemory, "all transactions together take " + std::to_string(used) +
                                     " bytes; a quarter of memory.limit is " + std::to_string(limit));
}

Status Transaction::check_size() {
  const size_t bytes = checked_.size_bytes() + writes_.size_bytes();
  if (bytes > settings_.size_bytes_max)
    return too_large("takes bytes of memory: ", bytes, "txn.max_size", settings_.size_bytes_max);
  if (bytes >= memory_.bytes() + kCountedStep) WOMBAT_TRY(count_memory(bytes));
  const size_t reads = checked_.key_count() + checked_.ranges().count();
  if (reads > settings_.read_count_max)
    return too_large("has read keys and ranges: ", reads, "txn.max_read_keys", settings_.read_count_max);
  const size_t writes = writes_.point_count() + writes_.cleared().count();
  if (writes > settings_.write_count_max) {
    return too_large("has written keys and ranges: ", writes, "txn.max_write_keys",
                     settings_.write_count_max);
  }
  return Status::ok();
}

Status Transaction::check_may_write() const {
  return settings_.is_read_only ? Status(Code::kReadOnly, "the transaction was begun read-only")
                                : Status::ok();
}

Status Transaction::note_read(Tree& tree, Bytes key, bool for_update) {
  if (for_update) return claim(tree, key);
  if (settings_.is_read_only) return Status::ok();
  if (settings_.isolation != Isolation::kSerializable) {
    has_unchecked_reads_ |= settings_.isolation == Isolation::kSnapshot;
    return Status::ok();
  }
  checked_.add_key(tree.id(), key, start_);
  return check_size();
}

/// From here to the commit nobody else may change `key`: a lock sees to it, or a look at the commit.
Status Transaction::claim(Tree& tree, Bytes key) {
  WOMBAT_TRY(check_may_write());
  if (lock_owner_) {
    Deadline deadline;
    if (settings_.lock_timeout_us != 0)
      deadline = Deadline::after(db_->clock().now_us(), settings_.lock_timeout_us);
    WOMBAT_TRY(db_->locks().lock(*lock_owner_, tree.id(), key, deadline));
    if (settings_.isolation != Isolation::kReadCommitted && settings_.detects_conflicts) {
      Timestamp changed_at = 0;
      WOMBAT_TRY(find_change(tree, key, hash_key(key), start_, &changed_at));
      if (changed_at != 0) WOMBAT_TRY(move_start(tree, key, changed_at));
    }
  }
  checked_.add_key(tree.id(), key, read_timestamp());
  return check_size();
}

/// A key that was waited for has changed since the start. When nothing that was read has, the transaction may as well
/// have begun now.
Status Transaction::move_start(const Tree& tree, Bytes key, Timestamp changed_at) {
  if (has_unchecked_reads_ || !iterators_.empty())
    return conflict_status({tree.id(), key, false, {}}, changed_at, start_);
  const Timestamp now = db_->take_snapshot();
  const Status unchanged = find_changes(*db_, checked_, start_);
  db_->release_snapshot(unchanged ? std::exchange(start_, now) : now);
  return unchanged;
}

/// What the transaction sees of `key`, its own writes on top. `at`: a moment that is pinned; 0: as it reads now.
Status Transaction::find(const EpochGuard& guard, Tree& tree, Bytes key, Timestamp at, Value* value) {
  const WriteIndex::Point* const own = writes_.find(tree.id(), key);
  if (own != nullptr && own->base) {
    value->bytes = own->value;
    value->is_there = *own->base != Kind::kDelete;
    if (*own->base == Kind::kExpiringPut) {
      value->bytes = without_expiry(own->value);
      value->expires_at_us = expiry_of(own->value);
      value->is_there = !is_expired(value->expires_at_us, db_->read_rules().now_us());
    }
  } else if (!writes_.is_cleared(tree.id(), key)) {
    ReadState& state = tree.read_state(guard);  // before the timestamp, see read_state.h
    if (at == 0) at = read_timestamp();
    WOMBAT_TRY(tree.get_at(guard, state, key, at, true, &value->found, &value->is_there));
    value->bytes = value->found.value;
    value->expires_at_us = value->found.expires_at_us;
  }
  return own == nullptr || own->operands.empty() ? Status::ok() : fold(key, *own, value);
}

/// Lays the merges of a point on `*value`.
Status Transaction::fold(Bytes key, const WriteIndex::Point& point, Value* value) const {
  MergeFold merges;
  for (auto operand = point.operands.rbegin(); operand != point.operands.rend(); ++operand)
    merges.add(make_tag(start_, Kind::kMerge), *operand);
  WOMBAT_TRY(merges.finish(*db_->read_rules().operators, key, value->is_there ? &value->bytes : nullptr,
                           &value->folded));
  value->bytes = value->folded;
  if (!value->is_there) value->expires_at_us = kNeverExpires;  // of a value that is over
  value->is_there = true;
  return Status::ok();
}

Status Transaction::set(Tree& tree, Bytes key, Kind kind, Bytes value) {
  WOMBAT_TRY(check_may_write());
  remember(tree);
  if (lock_owner_) WOMBAT_TRY(claim(tree, key));
  writes_.set(tree.id(), key, kind, value);
  return check_size();
}

Status Transaction::merge(Tree& tree, Bytes key, Bytes value) {
  WOMBAT_TRY(check_may_write());
  remember(tree);
  if (lock_owner_) WOMBAT_TRY(claim(tree, key));
  writes_.merge(tree.id(), key, value);
  return check_size();
}

Status Transaction::delete_range(Tree& tree, Bytes lower, const Bytes* upper) {
  WOMBAT_TRY(check_may_write());
  remember(tree);
  writes_.delete_range({tree.id(), lower, upper == nullptr ? std::nullopt : std::optional<Bytes>(*upper)});
  return check_size();
}

Result<std::unique_ptr<TransactionIterator>> Transaction::new_iterator(Tree& tree,
                                                                       const IteratorSettings& settings) {
  // Its rows, and those that its own merges change, are of one moment: pinned until they have been read.
  std::optional<PinnedMoment> now;
  if (settings_.isolation == Isolation::kReadCommitted) now.emplace(*db_);
  IteratorSettings at = settings;
  at.snapshot = now ? now->timestamp() : start_;
  WOMBAT_ASSIGN(std::unique_ptr<DbIterator> rows, tree.new_iterator(at));
  auto iterator =
      std::make_unique<TransactionIterator>(shared_from_this(), tree.id(), std::move(rows), settings);
  WOMBAT_TRY(add_own_rows(tree, at, iterator.get()));
  if (iterators_.size() == iterators_.capacity()) iterators_.reserve(2 * iterators_.size() + 4);
  has_unchecked_reads_ |= settings_.isolation == Isolation::kSnapshot;
  return iterator;
}

void Transaction::attach(TransactionIterator& iterator) noexcept {
  iterators_.push_back(&iterator);
  iterator.attach();
}

/// The end of an iterator, which comes whether or not another thread is inside, against the rules.
void Transaction::let_go(TransactionIterator& iterator) noexcept {
  if (!iterator.is_attached()) return;
  while (is_busy_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  if (iterator.is_attached()) {
    try {
      iterator.note_scan();
    } catch (const std::bad_alloc&) {
      has_lost_a_scan_ = true;
    }
    std::erase(iterators_, &iterator);
  }
  is_busy_.store(false, std::memory_order_release);
}

/// What the iterator shows of the transaction's own writes stays as it is now.
Status Transaction::add_own_rows(Tree& tree, const IteratorSettings& bounds, TransactionIterator* iterator) {
  iterator->set_cleared(writes_.cleared());
  const Bytes lower = bounds.lower ? Bytes(*bounds.lower) : Bytes();
  const WriteIndex::Points& points = writes_.points();
  for (auto at = points.lower_bound(WriteIndex::KeyView{tree.id(), lower});
       at != points.end() && at->first.keyspace == tree.id(); ++at) {
    if (bounds.upper && compare_bytes(at->first.key, *bounds.upper) >= 0) break;
    const EpochGuard guard(process_epochs());
    Value value;
    Status status = find(guard, tree, at->first.key, bounds.snapshot, &value);
    iterator->add_own(
        {at->first.key, std::string(value.bytes), !value.is_there, std::move(status), value.expires_at_us});
  }
  return Status::ok();
}

void Transaction::note_scan(const KeyRange& range) {
  if (settings_.isolation == Isolation::kSerializable && !settings_.is_read_only) checked_.add_range(range);
}

void Transaction::claim_writes(ReadSet* claims) const {
  for (const auto& [at, point] : writes_.points()) claims->add_key(at.keyspace, at.key, start_);
  writes_.cleared().for_each([&](const KeyRange& range) {
    claims->add_range(range);
    return true;
  });
}

/// What is written must not have been changed by others since the start either.
void Transaction::check_writes_as_well() {
  if (settings_.isolation != Isolation::kReadCommitted) claim_writes(&checked_);
}

void Transaction::remember(Tree& tree) {
  for (const std::shared_ptr<Tree>& known : written_trees_)
    if (known.get() == &tree) return;
  written_trees_.push_back(tree.shared_from_this());
}

/// Ranges come first: what was written before them and lies in them is not there any more.
Status Transaction::encode_writes(WriteBatch* batch, WriteRequest* request, std::vector<Tree*>* trees) const {
  Status status;
  writes_.cleared().for_each([&](const KeyRange& range) {
    batch->use_keyspace(range.keyspace);
    status = batch->remove_range(range.lower, range.upper ? &*range.upper : nullptr);
    return status.is_ok();
  });
  WOMBAT_TRY(status);
  for (const auto& [at, point] : writes_.points()) {
    batch->use_keyspace(at.keyspace);
    if (point.base) WOMBAT_TRY(batch->add_operation(*point.base, at.key, point.value));
    for (const std::string& operand : point.operands)
      WOMBAT_TRY(batch->add_operation(Kind::kMerge, at.key, operand));
  }
  request->record = batch->record();
  request->tree = written_trees_.front().get();
  for (const std::shared_ptr<Tree>& tree : written_trees_) trees->push_back(tree.get());
  if (trees->size() > 1) request->trees = *trees;
  return Status::ok();
}

Status Transaction::commit(WriteRequest request, Timestamp* committed_at) {
  *committed_at = 0;
  if (writes_.is_empty()) {
    end();
    return Status::ok();
  }
  WriteBatch batch(encoded_bytes(writes_));
  std::vector<Tree*> trees;
  WOMBAT_TRY(encode_writes(&batch, &request, &trees));
  WOMBAT_TRY(check_write_limits(*db_, request));
  for (TransactionIterator* const iterator : iterators_) iterator->note_scan();
  check_writes_as_well();
  return commit_checked(request, committed_at);
}

/// Writes `request` if nothing that was checked has changed.
Status Transaction::commit_checked(WriteRequest& request, Timestamp* committed_at) {
  if (has_lost_a_scan_) {
    end();
    return Status(Code::kNoMemory, "there was no memory to note what an iterator had gone over");
  }
  CommitCheck check{&checked_, start_};
  std::optional<RecentWrites::Watch> watch;
  Status status;
  if (settings_.detects_conflicts && !checked_.is_empty()) {
    request.check = &check;
    if (checked_.key_count() > kKeysCheckedInTurn || !checked_.ranges().is_empty()) {
      watch.emplace(db_->recent_writes());
      check.since = db_->visible_timestamp();
      check.is_almost_done = true;
      status = find_changes(*db_, checked_, start_);
    }
  }
  if (status && lock_owner_) {
    status = db_->locks().begin_commit(*lock_owner_);
    request.lock_owner = &*lock_owner_;
  }
  if (status) status = db_->write(request, committed_at);
  const Code code = status.code();
  const bool may_be_tried_again = code == Code::kBusy || code == Code::kTimedOut || code == Code::kNoSpace ||
                                  code == Code::kNoMemory || code == Code::kAlreadyExists;
  if (!may_be_tried_again) end();
  return status;
}

}  // namespace wombat
