/// How a commit happens. Writers queue up; the first one leads: it makes room, takes the writers behind it
/// into its group, gives each a timestamp, appends all to the log with one write, makes them durable when one
/// of them asks for it, inserts them into the memtable and publishes the last timestamp. Then the next writer
/// leads.
#include <algorithm>

#include "base/check.h"
#include "db/db.h"
#include "db/write_pacing.h"

namespace wombat {

namespace {

constexpr uint64_t kMarkDelayMicros = 100'000;
constexpr uint64_t kSleepStepMicros = 1000;
constexpr uint64_t kWaitStepMicros = 100'000;

/// The first 16 bytes of a log record: those of the batch, with the timestamp.
void store_record_head(const WriteRequest& request, Timestamp timestamp, char* head) {
  std::memcpy(head, request.record.data(), WriteBatch::kHeaderSize);
  store_le<uint64_t>(head + 8, timestamp);
}

/// Entries staged in a memtable: forgotten again unless they are linked.
class StagedEntries {
 public:
  explicit StagedEntries(Memtable& memtable) : memtable_(memtable) {}
  StagedEntries(const StagedEntries&) = delete;
  StagedEntries& operator=(const StagedEntries&) = delete;
  ~StagedEntries() { link(0); }
  void link(size_t count) {
    if (!is_done_) memtable_.link_staged(count);
    is_done_ = true;
  }

 private:
  Memtable& memtable_;
  bool is_done_ = false;
};

}  // namespace

Status Db::check_writable() const {
  if (is_read_only_) return Status(Code::kReadOnly, path_ + " was opened read-only");
  if (is_closed()) return Status(Code::kClosed, path_ + " is closed");
  if (is_degraded_.load(std::memory_order_acquire)) {
    std::lock_guard lock(mutex_);
    return Status(Code::kDegraded,
                  "writes are refused until the database is reopened, because of an earlier failure: " +
                      failure_.to_string());
  }
  return Status::ok();
}

void Db::degrade(const Status& cause) {
  std::lock_guard lock(mutex_);
  if (failure_) failure_ = cause;
  is_degraded_.store(true, std::memory_order_release);
  changed_.notify_all();
  log_.write(LogLevel::kError, "writes are refused from now on: " + cause.to_string());
}

/// A manifest that failed for good takes the writes with it, and so does a directory whose sync failed, whoever
/// noticed.
void Db::degrade_if_final() {
  if (is_degraded_.load()) return;
  Status failure = directory_->failure();
  if (failure) failure = manifest_->failure();
  if (!failure) degrade(failure);
}

Status Db::rotate_log() {
  Status rotated = wal_->rotate(last_timestamp_);
  if (!rotated) degrade_if_final();
  return rotated;
}

Status Db::write(const WriteRequest& request) {
  WriteRequest routed = request;
  if (routed.tree == nullptr) routed.tree = default_tree_.get();
  const CallScope call(*routed.tree);
  WOMBAT_TRY(call.check());
  return write(call, routed);
}

Status Db::write(const CallScope&, const WriteRequest& request) {
  WOMBAT_TRY(check_writable());
  if (request.count() == 0) return Status::ok();
  Writer writer;
  writer.request = &request;
  writer.wants_sync = request.sync == SyncChoice::kAlways || (request.sync == SyncChoice::kDefault &&
                                                              settings_.sync_policy() == SyncPolicy::kAlways);
  const bool is_sampled = write_counters_.total(WriteCounter::kCommits) % 16 == 0;
  const uint64_t started_ns = is_sampled ? environment_.clock->now_ns() : 0;
  Status status = enqueue(writer);
  if (is_sampled) statistics_.record(HistogramId::kWriteLatency, environment_.clock->now_ns() - started_ns);
  if (status.code() == Code::kNoSpace) statistics_.add(Counter::kErrorsNoSpace);
  if (status.code() == Code::kIoError) statistics_.add(Counter::kErrorsIo);
  return status;
}

Status Db::sync() {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  WriteRequest request;
  Writer writer;
  writer.work = Writer::Work::kSync;
  writer.request = &request;
  writer.wants_sync = true;
  return enqueue(writer);
}

Status Db::rotate_memtable(Tree& tree) {
  const CallScope call(tree);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  WriteRequest request;
  Writer writer;
  request.tree = &tree;
  writer.work = Writer::Work::kRotate;
  writer.request = &request;
  return enqueue(writer);
}

/// Notes in the log what is durable, when no record has followed that says so: damage to the last synced
/// commit is then told from a torn tail.
Status Db::mark_log() {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WriteRequest request;
  Writer writer;
  writer.work = Writer::Work::kMark;
  writer.request = &request;
  return enqueue(writer);
}

Status Db::enqueue(Writer& writer) { return queue_.enter(writer) ? lead(writer) : writer.status; }

/// Does the work of the leading writer and of those behind it that can join.
Status Db::lead(Writer& leader) {
  const bool is_commit = leader.work == Writer::Work::kCommit;
  size_t collected = 1;
  size_t served = 1;
  Status status;
  try {
    if (!is_commit) {
      status = run_special(leader);
    } else {
      Tree& tree = *leader.request->tree;
      if (!has_room(tree)) status = make_room(tree, *leader.request);
      if (status) {
        if (leader.wants_sync) queue_.gather(leader);
        served = collected = queue_.collect(leader);
        status = commit_group(leader, &served);
      }
    }
  } catch (const std::bad_alloc&) {
    status = Status::no_memory();
  }
  queue_.finish(leader, collected, served, status);
  return status;
}

Status Db::run_special(const Writer& writer) {
  WOMBAT_TRY(check_writable());
  queue_.expect_delay();
  if (writer.work == Writer::Work::kRotate) return switch_memtable(*writer.request->tree);
  if (writer.work == Writer::Work::kMark) {
    if (!wal_->is_broken()) wal_->mark_synced();
    return Status::ok();
  }
  if (wal_->is_broken()) WOMBAT_TRY(rotate_log());
  Status synced = wal_->sync();
  if (!synced) degrade(synced);
  return synced;
}

/// `*served`: the writers in the group, lowered when it is cut short.
Status Db::commit_group(const Writer& leader, size_t* served) {
  WOMBAT_TRY(check_writable());
  if (wal_->is_broken()) WOMBAT_TRY(rotate_log());
  const Timestamp first = last_timestamp_ + 1;
  StagedEntries staged(*leader.request->tree->active_.memtable);
  stage_group(leader, first);
  WOMBAT_TRY(log_group(leader, first, served));
  uint64_t entry_count = 0;
  uint64_t bytes = 0;
  const Writer* writer = &leader;
  for (size_t i = 0; i < *served; ++i, writer = writer->next) {
    entry_count += writer->request->count();
    bytes += writer->request->payload_bytes();
  }
  staged.link(entry_count);
  visible_.store(last_timestamp_, std::memory_order_release);

  write_counters_.add(WriteCounter::kCommits, *served);
  write_counters_.add(WriteCounter::kEntries, entry_count);
  write_counters_.add(WriteCounter::kBytes, bytes);
  write_counters_.add(WriteCounter::kGroups, 1);
  if (*served > 1) {
    statistics_.record(HistogramId::kGroupSize, *served);
    charge_followers(leader, *served);
  }
  return Status::ok();
}

/// The limit of bytes per second holds for all writers; make_room has charged the leader only.
void Db::charge_followers(const Writer& leader, size_t count) {
  if (setting(OptionId::kIoWriteThrottle) == 0) return;
  uint64_t bytes = 0;
  const Writer* writer = leader.next;
  for (size_t i = 1; i < count; ++i, writer = writer->next) bytes += writer->request->record.size();
  static_cast<void>(write_rate_.reserve(bytes, environment_.clock->now_us()));
}

/// Copies the group's entries into the memtable, unseen: after the log has them nothing may fail for lack of
/// memory.
void Db::stage_group(const Writer& leader, Timestamp timestamp) {
  uint64_t puts = 0;
  uint64_t deletes = 0;
  Memtable& memtable = *leader.request->tree->active_.memtable;
  for (const Writer* writer = &leader; writer != nullptr; writer = writer->next, ++timestamp) {
    OperationWalker walker(writer->request->operations());
    while (!walker.at_end()) {
      const OperationWalker::Operation operation = walker.next();
      memtable.stage(operation.key, make_tag(timestamp, operation.kind), operation.value);
      (operation.kind == Kind::kPut ? puts : deletes) += 1;
    }
  }
  write_counters_.add(WriteCounter::kPuts, puts);
  write_counters_.add(WriteCounter::kDeletes, deletes);
}

/// Writes the group to the log; cuts it short when memory for the record buffer runs out. Timestamps of a
/// group that fails are not used again.
Status Db::log_group(const Writer& leader, Timestamp first, size_t* served) {
  char head[WriteBatch::kHeaderSize];
  if (leader.next == nullptr) {
    store_record_head(*leader.request, first, head);
    last_timestamp_ = first;
    WOMBAT_TRY(wal_->append(Bytes(head, sizeof head), leader.request->operations()));
    return leader.wants_sync ? sync_log() : Status::ok();
  }
  bool wants_sync = false;
  size_t count = 0;
  for (const Writer* writer = &leader; writer != nullptr; writer = writer->next, ++count) {
    store_record_head(*writer->request, first + count, head);
    try {
      wal_->add(Bytes(head, sizeof head), writer->request->operations());
    } catch (const std::bad_alloc&) {
      if (count == 0) throw;
      break;
    }
    wants_sync |= writer->wants_sync;
  }
  *served = count;
  last_timestamp_ = first + count - 1;
  WOMBAT_TRY(wal_->flush());
  return wants_sync ? sync_log() : Status::ok();
}

Status Db::sync_log() {
  queue_.expect_delay();
  const uint64_t started_us = environment_.clock->now_us();
  if (Status synced = wal_->sync(); !synced) {
    degrade(synced);
    return synced;
  }
  const uint64_t now_us = environment_.clock->now_us();
  queue_.note_sync(now_us - started_us);
  statistics_.record(HistogramId::kLogSyncLatency, now_us - started_us);
  if (mark_due_us_.load(std::memory_order_relaxed) == 0) {
    mark_due_us_.store(now_us + kMarkDelayMicros);
    wake_housekeeper();
  }
  return Status::ok();
}

/// True when a commit may go on at once: the usual case, decided without a lock.
bool Db::has_room(const Tree& tree) const {
  return tree.active_.memtable->memory_usage() <
             static_cast<uint64_t>(tree.setting(OptionId::kMemtableSize)) &&
         tree.level0_count_.load(std::memory_order_relaxed) <
             static_cast<size_t>(tree.setting(OptionId::kCompactionMaxSstables)) &&
         !memtables_are_scarce(tree.sealed_count_.load(std::memory_order_relaxed) + 1,
                               static_cast<size_t>(tree.setting(OptionId::kNumMemtables))) &&
         setting(OptionId::kIoWriteThrottle) == 0 && owed_delay_us_ == 0;
}

/// Returns when the active memtable has room for one more group.
Status Db::make_room(Tree& tree, const WriteRequest& request) {
  WOMBAT_TRY(check_writable());
  Status made = pace(tree, request);
  if (made &&
      tree.active_.memtable->memory_usage() >= static_cast<uint64_t>(tree.setting(OptionId::kMemtableSize))) {
    made = wait_until_writable(tree, request);
    if (made) made = switch_memtable(tree);
  }
  // Who was turned away wrote nothing; otherwise those who try again and again would use up the limit.
  if (!made && setting(OptionId::kIoWriteThrottle) != 0) write_rate_.give_back(request.record.size());
  return made;
}

/// Slows the writer down in proportion to how far background work is behind.
Status Db::pace(const Tree& tree, const WriteRequest& request) {
  const uint64_t bytes = request.record.size();
  PacingInput input;
  input.level0_count = tree.level0_count_.load(std::memory_order_relaxed);
  input.level0_slow = static_cast<size_t>(tree.setting(OptionId::kCompactionMaxSstables));
  input.level0_stall = static_cast<size_t>(tree.setting(OptionId::kCompactionStallSstables));
  input.memtable_count = tree.sealed_count_.load(std::memory_order_relaxed) + 1;
  input.memtable_count_max = static_cast<size_t>(tree.setting(OptionId::kNumMemtables));
  owed_delay_us_ += write_delay_us(input, bytes);
  if (setting(OptionId::kIoWriteThrottle) != 0) {
    write_rate_.set_rate(static_cast<uint64_t>(setting(OptionId::kIoWriteThrottle)));
    owed_delay_us_ += write_rate_.reserve(bytes, environment_.clock->now_us());
  }
  if (owed_delay_us_ < kSleepStepMicros) return Status::ok();
  if (request.no_wait) {
    owed_delay_us_ = 0;
    return Status(Code::kBusy, "the write would have been delayed: background work is behind");
  }
  const uint64_t started_us = environment_.clock->now_us();
  uint64_t left_us = owed_delay_us_;
  owed_delay_us_ = 0;
  statistics_.add(Counter::kWritesDelayed);
  queue_.turn_away_hasty();
  while (left_us > 0 && !is_closed()) {
    const uint64_t now = environment_.clock->now_us();
    if (request.deadline.has_passed(now)) {
      return Status(Code::kTimedOut, "the write was delayed by background work until its time limit");
    }
    const uint64_t step = std::min<uint64_t>(left_us, 10 * kSleepStepMicros);
    environment_.clock->sleep_us(step);
    left_us -= step;
  }
  const uint64_t waited_us = environment_.clock->now_us() - started_us;
  statistics_.add(Counter::kWriteDelayMicros, waited_us);
  statistics_.record(HistogramId::kDelayDuration, waited_us);
  return Status::ok();
}

/// The active memtable is full: waits while there are too many others, or too many tables in level 0.
Status Db::wait_until_writable(const Tree& tree, const WriteRequest& request) {
  bool has_told = false;
  std::unique_lock lock(mutex_);
  for (;;) {
    const bool has_room =
        tree.sealed_.size() + 1 < static_cast<size_t>(tree.setting(OptionId::kNumMemtables)) &&
        tree.level0_count_.load() < static_cast<size_t>(tree.setting(OptionId::kCompactionStallSstables));
    if (has_room) return Status::ok();
    if (is_closing_) return Status(Code::kClosed, path_ + " is closed");
    if (is_degraded_.load()) return Status(Code::kDegraded, failure_.to_string());
    if (!job_failure_)
      return job_failure_.with_context("background work fails, and memory for writes is used up");
    if (request.no_wait) return Status(Code::kBusy, "the write would have had to wait for a flush");
    const uint64_t now = environment_.clock->now_us();
    if (request.deadline.has_passed(now)) {
      return Status(Code::kTimedOut, "the write waited for a flush until its time limit");
    }
    schedule();
    if (!has_told) {
      lock.unlock();
      queue_.turn_away_hasty();
      has_told = true;
      lock.lock();
      continue;
    }
    const uint64_t limit = request.deadline.at_us == 0 ? kWaitStepMicros : request.deadline.at_us - now;
    changed_.wait_for(lock, std::chrono::microseconds(std::min(limit, kWaitStepMicros)));
  }
}

/// Seals the active memtable and goes on in a new one with a new log.
Status Db::switch_memtable(Tree& tree) {
  if (tree.active_.memtable->entry_count() == 0) return Status::ok();
  Tree::MemtableSlot next;
  WOMBAT_ASSIGN(next.memtable, tree.new_memtable());
  WOMBAT_TRY(rotate_log());
  next.first_log = wal_->active_number();
  next.born_us = environment_.clock->now_us();
  {
    std::lock_guard lock(mutex_);
    std::deque<Tree::MemtableSlot> sealed = tree.sealed_;
    sealed.push_back(tree.active_);
    ReadState* const state = tree.make_state(next.memtable, sealed);
    tree.sealed_.swap(sealed);
    tree.active_ = std::move(next);
    tree.sealed_count_.store(tree.sealed_.size());
    tree.install_state(state);
    schedule();
  }
  wants_spare_log_.store(true);
  wake_housekeeper();  // to seal the old log and to prepare the next one
  return Status::ok();
}

}  // namespace wombat
