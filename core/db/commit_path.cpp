/// What transactions add to the way of a commit (write_path.cpp): the leader's look at what a transaction has read, and
/// locks that hold up writes outside of transactions.
#include "db/commit_check.h"
#include "db/db.h"
#include "db/written_key.h"

namespace wombat {

/// How many writers at the head of the group may commit. None: `*status` says why the leader may not; it is then served
/// alone, with that. A writer behind it that may not ends the group: it leads the next one, and is told then.
size_t Db::check_group(const Writer& leader, size_t collected, Status* status) {
  const Writer* writer = &leader;
  for (size_t i = 0; i < collected; ++i, writer = writer->next) {
    const WriteRequest& request = *writer->request;
    if (request.prepared != nullptr && i > 0) return i;  // it leads a group of its own
    Status verdict = request.check == nullptr ? Status::ok() : check_commit(leader, *writer);
    if (verdict && request.prepared != nullptr) verdict = prepared_.check(*request.prepared);
    if (verdict && !prepared_.is_empty()) verdict = check_prepared(request);
    if (!verdict && i > 0) return i;
    if (!verdict) *status = verdict;
    if (!verdict || request.prepared != nullptr) return 1;
  }
  return collected;
}

/// Whether what `writer` has read is unchanged, the writers in front of it in its group included.
Status Db::check_commit(const Writer& leader, const Writer& writer) {
  const CommitCheck& check = *writer.request->check;
  if (check.is_almost_done && recent_writes_.covers(check.since)) {
    const std::optional<FoundConflict> found = recent_writes_.find(*check.reads, check.since);
    if (found) return conflict_status(found->write, found->at, check.since);
  } else {
    WOMBAT_TRY(find_changes(*this, *check.reads, check.since));
  }
  Timestamp timestamp = last_timestamp_;
  for (const Writer* before = &leader; before != &writer; before = before->next) {
    ++timestamp;
    OperationWalker walker(before->request->operations());
    while (!walker.at_end()) {
      const WrittenKey write = written_by(walker.next());
      if (has_read(*check.reads, write)) return conflict_status(write, timestamp, check.since);
    }
  }
  return Status::ok();
}

/// Whether prepared transactions let `request` write what it writes.
Status Db::check_prepared(const WriteRequest& request) const {
  OperationWalker walker(request.operations());
  while (!walker.at_end()) WOMBAT_TRY(prepared_.check_write(written_by(walker.next()), request.prepared));
  return Status::ok();
}

/// For transactions that have looked through all but the latest commits (see RecentWrites).
void Db::note_recent_writes(const Writer& leader, size_t count) {
  if (!recent_writes_.is_watched()) return recent_writes_.pause();
  recent_writes_.begin(leader.timestamp - 1);
  const Writer* writer = &leader;
  for (size_t i = 0; i < count; ++i, writer = writer->next) {
    OperationWalker walker(writer->request->operations());
    while (!walker.at_end()) recent_writes_.note(written_by(walker.next()), writer->timestamp);
  }
}

/// A write of somebody who holds no locks, while others do: it waits until the keys are free.
Status Db::write_locked(const CallScope& call, const WriteRequest& request, Timestamp* committed_at) {
  LockOwner owner(new_transaction_id(), Deadline());
  Deadline deadline = request.deadline;
  if (request.no_wait) deadline = LockTable::kAtOnce;
  if (deadline.at_us == 0) {
    const auto timeout_ms = static_cast<uint64_t>(setting(OptionId::kTxnLockTimeout));
    if (timeout_ms != 0) deadline.at_us = environment_.clock->now_us() + timeout_ms * 1000;
  }
  Status status;
  OperationWalker walker(request.operations());
  while (status && !walker.at_end()) {
    const WrittenKey write = written_by(walker.next());
    if (!write.is_range) status = locks_.lock(owner, write.keyspace, write.key, deadline);
  }
  if (status) status = locks_.begin_commit(owner);
  WriteRequest locked = request;
  locked.lock_owner = &owner;
  if (status) status = write(call, locked, committed_at);
  locks_.release_all(owner);
  return status;
}

}  // namespace wombat
