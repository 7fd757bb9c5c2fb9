/// How a commit happens. Writers queue up; the first one leads: it makes room, takes the writers behind it
/// into its group, gives each a timestamp, appends all to the log with one write, makes them durable when one
/// of them asks for it, inserts them into the memtable and publishes the last timestamp. Then the next writer
/// leads.
#include "base/check.h"
#include "db/db.h"
#include "db/separated_write.h"
#include "db/write_staging.h"

namespace wombat {

namespace {

/// Deletes after which the housekeeper is told of them.
constexpr uint64_t kDeletesOfACall = 1024;

constexpr uint64_t kMarkDelayMicros = 100'000;

/// The first 16 bytes of a log record: those of the batch, with the timestamp.
void store_record_head(const WriteRequest& request, Timestamp timestamp, char* head) {
  std::memcpy(head, request.record.data(), WriteBatch::kHeaderSize);
  store_le<uint64_t>(head + 8, timestamp);
}

bool is_of_one_tree(const Writer& leader) {
  for (const Writer* writer = &leader; writer != nullptr; writer = writer->next)
    if (writer->request->tree != leader.request->tree || !writer->request->trees.empty()) return false;
  return true;
}

/// Where an operation of `request` goes.
Tree& tree_of(const WriteRequest& request, uint32_t keyspace) {
  for (Tree* const tree : request.trees)
    if (tree->id() == keyspace) return *tree;
  WOMBAT_CHECK(request.trees.empty() && request.tree->id() == keyspace);
  return *request.tree;
}

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

Status Db::write(const WriteRequest& request, Timestamp* committed_at) {
  WriteRequest routed = request;
  if (routed.tree == nullptr) routed.tree = default_tree_.get();
  const CallScope call(*routed.tree);
  WOMBAT_TRY(call.check());
  return write(call, routed, committed_at);
}

Status Db::write(const CallScope& call, const WriteRequest& request, Timestamp* committed_at) {
  WOMBAT_TRY(check_writable());
  for (Tree* const tree : request.trees)
    if (tree->is_shut()) return tree->why_shut();
  if (request.count() == 0) return Status::ok();
  if (request.record.size() >= kCountedRecordSize) [[unlikely]]
    return write_counted(call, request, committed_at);
  return write_uncounted(call, request, committed_at);
}

/// A large commit: its record, and the copy of it in the buffer of the log.
Status Db::write_counted(const CallScope& call, const WriteRequest& request, Timestamp* committed_at) {
  MemoryCharge charge(MemoryAccount(memory_, MemoryCategory::kBatches));
  charge.set(2 * request.record.size());
  return write_uncounted(call, request, committed_at);
}

Status Db::write_uncounted(const CallScope& call, const WriteRequest& request, Timestamp* committed_at) {
  if (request.lock_owner == nullptr && locks_.is_in_use()) [[unlikely]]
    return write_locked(call, request, committed_at);
  if (request.record.size() >= value_log_.threshold_min.load(std::memory_order_relaxed)) [[unlikely]]
    return write_separated(call, request, committed_at);
  return write_plain(call, request, committed_at);
}

/// A commit whose values are where they belong.
Status Db::write_plain(const CallScope&, const WriteRequest& request, Timestamp* committed_at) {
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
  if (committed_at != nullptr && status) *committed_at = writer.timestamp;
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

Status Db::rotate_memtables(const std::vector<std::shared_ptr<Tree>>& trees) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  std::vector<Tree*> listed;
  for (const auto& tree : trees) listed.push_back(tree.get());
  WriteRequest request;
  Writer writer;
  request.trees = listed;
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
  // First, because another writer may lead in the end: what follows is charged to who does.
  if (is_commit && leader.wants_sync && !queue_.gather(leader)) return leader.status;
  try {
    if (!is_commit) {
      status = run_special(leader);
    } else {
      if (!has_room(*leader.request)) status = make_room(*leader.request);
      if (status && leader.request->may_have_ranges()) [[unlikely]]
        status = set_apart(*leader.request);
      if (status) {
        collected = queue_.collect(leader, may_join);
        const bool is_plain = collected == 1 && leader.request->check == nullptr &&
                              leader.request->prepared == nullptr && prepared_.is_empty();  // as most are
        served = is_plain ? 1 : check_group(leader, collected, &status);
        if (status) status = commit_group(leader, &served);
        if (status && leader.request->prepared != nullptr) prepared_.apply(*leader.request->prepared);
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
  if (writer.work == Writer::Work::kRotate) return switch_memtables(writer.request->trees, nullptr);
  if (writer.work == Writer::Work::kChange) return (*writer.change)();
  if (writer.work == Writer::Work::kMark) {
    if (!wal_->is_broken()) wal_->mark_synced();
    return Status::ok();
  }
  if (wal_->is_broken()) WOMBAT_TRY(rotate_log());
  Status synced = wal_->sync();
  if (!synced) degrade(synced);
  return synced;
}

/// `*served`: the writers at the head of the group that are to be served, lowered when it is cut short.
Status Db::commit_group(Writer& leader, size_t* served) {
  WOMBAT_TRY(check_writable());
  if (wal_->is_broken()) WOMBAT_TRY(rotate_log());
  if (!is_of_one_tree(leader)) return commit_to_several(leader, served);
  const Timestamp first = last_timestamp_ + 1;
  StagedEntries staged(*leader.request->tree->active_.memtable);
  stage_group(leader, first, *served);
  WOMBAT_TRY(log_group(leader, first, served));
  uint64_t operation_count = 0;
  size_t entry_count = 0;
  size_t range_count = 0;
  uint64_t bytes = 0;
  Writer* writer = &leader;
  for (size_t i = 0; i < *served; ++i, writer = writer->next) {
    writer->timestamp = first + i;
    operation_count += writer->request->count();
    entry_count += writer->staged_entries;
    range_count += writer->staged_ranges;
    bytes += writer->request->payload_bytes() + writer->request->separated_bytes;
  }
  staged.link(entry_count, range_count);
  if (range_count != 0) leader.request->tree->has_ranges_.store(true, std::memory_order_relaxed);
  visible_.store(last_timestamp_, std::memory_order_release);
  if (recent_writes_.is_in_use()) note_recent_writes(leader, *served);
  count_group(leader, *served, operation_count, bytes);
  return Status::ok();
}

/// Where entries point to stays as long as they are in a memtable.
void Db::hold_value_files(const WriteRequest& request) {
  const auto hold = [&](Tree& tree, const ValueFilePtr& file) {
    tree.active_.memtable->hold(file);
    tree.active_.value_bytes += request.separated_bytes;
  };
  for (const ValueFilePtr& file : request.value_files) {
    for (Tree* const tree : request.trees) hold(*tree, file);
    if (request.trees.empty()) hold(*request.tree, file);
  }
}

/// Large values go to a value file first, so that the log and the tree get pointers.
Status Db::write_separated(const CallScope& call, const WriteRequest& request, Timestamp* committed_at) {
  SeparatedWrite separated;
  {
    SpaceReservation reservation(space_);  // until the values are in their file
    if (space_.is_on()) {
      WOMBAT_TRY(reserve_space(request, request.record.size(), false));
      reservation.bytes = request.record.size();
    }
    WOMBAT_TRY(separated.separate(*this, request));
  }
  if (!separated.has_values()) return write_plain(call, request, committed_at);
  statistics_.add(Counter::kValueWrittenBytes, separated.request().separated_bytes);
  return write_plain(call, separated.request(), committed_at);
}

/// Readers are to look for range deletes where a commit has some.
void Db::note_ranges(const WriteRequest& request) {
  OperationWalker walker(request.operations());
  while (!walker.at_end()) {
    const OperationWalker::Operation operation = walker.next();
    if (operation.kind == Kind::kRangeDelete)
      tree_of(request, operation.keyspace).has_ranges_.store(true, std::memory_order_relaxed);
  }
}

void Db::count_kinds(const KindCounts& counts) {
  write_counters_.add(WriteCounter::kPuts, counts.of(Kind::kPut) + counts.of(Kind::kExpiringPut) +
                                               counts.of(Kind::kValuePointer) +
                                               counts.of(Kind::kExpiringPointer));
  if (const uint64_t deletes = counts.of(Kind::kDelete); deletes != 0) [[unlikely]] {
    const uint64_t before = write_counters_.total(WriteCounter::kDeletes);
    write_counters_.add(WriteCounter::kDeletes, deletes);
    // Now and then, so that the housekeeper knows that there is something to do when nobody writes any more.
    if (before / kDeletesOfACall != (before + deletes) / kDeletesOfACall) wake_housekeeper();
  }
  write_counters_.add(WriteCounter::kMerges, counts.of(Kind::kMerge));
  write_counters_.add(WriteCounter::kRangeDeletes, counts.of(Kind::kRangeDelete));
}

/// commit_group() of commits to more than one keyspace.
Status Db::commit_to_several(Writer& leader, size_t* served) {
  const Timestamp first = last_timestamp_ + 1;
  StagedParts parts;
  KindCounts counts;
  Timestamp timestamp = first;
  Writer* writer = &leader;
  for (size_t i = 0; i < *served; ++i, writer = writer->next, ++timestamp) {
    const auto place_of = [&](uint32_t keyspace) {
      return parts.place(keyspace, *tree_of(*writer->request, keyspace).active_.memtable, i);
    };
    hold_value_files(*writer->request);
    if (writer->request->may_have_ranges()) {
      stage_with_ranges(*writer->request, timestamp, place_of, &counts);
      continue;
    }
    OperationWalker walker(writer->request->operations());
    while (!walker.at_end()) {
      const OperationWalker::Operation operation = walker.next();
      const StagePlace place = place_of(operation.keyspace);
      place.memtable.stage(operation.key, make_tag(timestamp, operation.kind), operation.value);
      ++place.entries;
      counts.add(operation.kind);
    }
  }
  count_kinds(counts);
  WOMBAT_TRY(log_group(leader, first, served));
  uint64_t operation_count = 0;
  uint64_t bytes = 0;
  writer = &leader;
  for (size_t i = 0; i < *served; ++i, writer = writer->next) {
    writer->timestamp = first + i;
    operation_count += writer->request->count();
    bytes += writer->request->payload_bytes() + writer->request->separated_bytes;
    if (writer->request->may_have_ranges()) note_ranges(*writer->request);
  }
  parts.link(*served);
  visible_.store(last_timestamp_, std::memory_order_release);
  if (recent_writes_.is_in_use()) note_recent_writes(leader, *served);
  count_group(leader, *served, operation_count, bytes);
  return Status::ok();
}

void Db::count_group(const Writer& leader, size_t served, uint64_t entry_count, uint64_t bytes) {
  write_counters_.add(WriteCounter::kCommits, served);
  write_counters_.add(WriteCounter::kEntries, entry_count);
  write_counters_.add(WriteCounter::kBytes, bytes);
  write_counters_.add(WriteCounter::kGroups, 1);
  if (served > 1) {
    statistics_.record(HistogramId::kGroupSize, served);
    charge_followers(leader, served);
  }
}

/// The limit of bytes per second holds for all writers; make_room has charged the leader only.
void Db::charge_followers(const Writer& leader, size_t count) {
  if (setting(OptionId::kIoWriteThrottle) == 0) return;
  uint64_t bytes = 0;
  const Writer* writer = leader.next;
  for (size_t i = 1; i < count; ++i, writer = writer->next) bytes += writer->request->bytes();
  static_cast<void>(write_rate_.reserve(bytes, environment_.clock->now_us()));
}

/// Copies the group's entries into the memtable, unseen: after the log has them nothing may fail for lack of
/// memory.
void Db::stage_group(Writer& leader, Timestamp timestamp, size_t count) {
  KindCounts counts;
  Memtable& memtable = *leader.request->tree->active_.memtable;
  Writer* writer = &leader;
  for (size_t i = 0; i < count; ++i, writer = writer->next, ++timestamp) {
    writer->staged_entries = 0;
    writer->staged_ranges = 0;
    hold_value_files(*writer->request);
    if (writer->request->may_have_ranges()) [[unlikely]] {
      const StagePlace place{memtable, writer->staged_entries, writer->staged_ranges};
      stage_with_ranges(
          *writer->request, timestamp, [&](uint32_t) { return place; }, &counts);
      continue;
    }
    OperationWalker walker(writer->request->operations());
    while (!walker.at_end()) {
      const OperationWalker::Operation operation = walker.next();
      counts.add(operation.kind);
      memtable.stage(operation.key, make_tag(timestamp, operation.kind), operation.value);
      ++writer->staged_entries;
    }
  }
  count_kinds(counts);
}

/// Writes the group to the log; cuts it short when memory for the record buffer runs out. Timestamps of a
/// group that fails are not used again.
Status Db::log_group(const Writer& leader, Timestamp first, size_t* served) {
  char head[WriteBatch::kHeaderSize];
  if (*served == 1) {
    store_record_head(*leader.request, first, head);
    last_timestamp_ = first;
    WOMBAT_TRY(wal_->append(Bytes(head, sizeof head), leader.request->operations()));
    return leader.wants_sync ? sync_log() : Status::ok();
  }
  bool wants_sync = false;
  size_t count = 0;
  for (const Writer* writer = &leader; count < *served; writer = writer->next, ++count) {
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

}  // namespace wombat
