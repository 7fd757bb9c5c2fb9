/// A write on its way through the queue of writers.
#pragma once

#include <atomic>
#include <functional>
#include <span>

#include "base/cancellation.h"
#include "base/status.h"
#include "kv/write_batch.h"
#include "vlog/value_store.h"

namespace wombat {

class LockOwner;
class PreparedChange;
struct CommitCheck;

enum class SyncChoice { kDefault = 0, kAlways = 1, kNever = 2 };

class Tree;

struct WriteRequest {
  Bytes record;                  // of a WriteBatch or a SingleWrite
  Tree* tree = nullptr;          // where it goes; null: the default keyspace
  std::span<Tree* const> trees;  // of a batch over several keyspaces: each of them, `tree` does not count
  SyncChoice sync = SyncChoice::kDefault;
  bool no_wait = false;
  Deadline deadline;
  const CommitCheck* check = nullptr;  // of a transaction
  PreparedChange* prepared = nullptr;  // what it changes about prepared transactions
  LockOwner* lock_owner = nullptr;     // holds locks on all keys that are written; null: nobody does
  /// Where values of the operations lie that have gone to value files, and how many bytes these are.
  std::span<const ValueFilePtr> value_files;
  uint64_t separated_bytes = 0;

  uint32_t count() const { return load_le<uint32_t>(record.data() + 4); }
  bool may_have_ranges() const { return (record[1] & WriteBatch::kHasRanges) != 0; }
  bool may_have_merges() const { return (record[1] & WriteBatch::kHasMerges) != 0; }
  /// Bytes that it writes, values in value files included.
  uint64_t bytes() const { return record.size() + separated_bytes; }
  Bytes operations() const { return record.substr(WriteBatch::kHeaderSize); }
  /// Bytes of keys and values alone.
  uint64_t payload_bytes() const {
    return record.size() - WriteBatch::kHeaderSize - WriteBatch::kOperationHeaderSize * uint64_t{count()};
  }
};

/// One thread's write. Lives on its stack until the thread has been told the outcome.
struct Writer {
  enum class Work { kCommit, kSync, kRotate, kMark, kChange };
  Work work = Work::kCommit;
  const WriteRequest* request = nullptr;
  bool wants_sync = false;
  Timestamp timestamp = 0;                          // of the commit, when that succeeded
  const std::function<Status()>* change = nullptr;  // of kChange: what is done while nobody commits
  // For the leader of its group: what it has staged of this writer.
  uint32_t staged_entries = 0;
  uint32_t staged_ranges = 0;

  // Of the queue.
  bool is_queued = false;  // guarded by the queue's lock
  uint32_t place = 0;      // where it sleeps; set when it is queued
  Writer* next = nullptr;  // in the queue, or in a group
  Writer* previous = nullptr;
  Status status;  // the outcome, when another thread led
  std::atomic<uint32_t> turn{0};
};

}  // namespace wombat
