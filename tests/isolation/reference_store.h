/// A multi-version store in memory that offers the three isolation levels in the simplest way, and can be broken in
/// many: what the checker is tested with, and what the workloads are tried on.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "isolation/client.h"
#include "isolation/reference_log.h"

namespace wombat::isolation {

/// One thing that the store does wrong.
enum class Fault {
  kNone,
  kSlowLog,               // (right, but commits are logged slowly: so a kill leaves many in doubt)
  kNoValidation,          // commits whatever has happened since the begin
  kNoReadValidation,      // serializable: only writes are compared with the commits since the begin
  kNoRangeValidation,     // serializable: scanned ranges are forgotten
  kNoMissValidation,      // serializable: reads that found nothing are forgotten
  kFoundRowsOnly,         // serializable: of a scanned range only the rows that were there are remembered
  kDeletesNotValidated,   // what was deleted since the begin, by ranges or keys, is no conflict
  kBatchesNotValidated,   // what batches wrote since the begin is no conflict
  kNoWriteValidation,     // snapshot: the first committer does not win
  kStaleSnapshot,         // begins some commits in the past
  kTornSnapshot,          // single reads some commits in the past
  kRangeWithoutSnapshot,  // ranges show the newest state
  kLostRows,              // ranges leave out a row now and then
  kDeletedRows,           // ranges show deleted keys as they were
  kOwnWritesHidden,       // gets do not see the transaction's own writes
  kOwnWritesNotInRanges,  // ranges do not
  kKeyspacesMixed,        // a get in the second keyspace shows the first one now and then
  kKeyspacesApart,        // what a commit writes to the second keyspace becomes visible with the next commit
  kKeptRollback,          // what was rolled back to a savepoint is committed all the same
  kRollbackTooFar,        // a rollback undoes everything since the oldest savepoint
  kRollbackNotSeen,       // gets show what was rolled back to a savepoint
  kLostMerge,             // a merge leaves the key as it was now and then
  kMergeOfSnapshot,       // a merge is done on what was there at the begin, whatever has come since
  kUpdateReadsForgotten,  // a read for update is a read like the others
  kDirtyReads,            // gets see what others have not committed
  kIntermediateReads,  // overwritten values of a transaction are visible for a moment, as a commit of their own
  kCommitInPieces,     // the second half of a commit becomes visible with the next commit
  kAbortInPart,        // an abort leaves a write behind
  kDroppedWrite,       // a commit leaves out a write now and then
  kLateCommit,         // a commit is acknowledged and becomes visible some commits later
  kSameTimestamp,      // two commits get one timestamp now and then
  kTornLog,            // half of a commit is logged, then the other half
  kLateLog,            // a commit is acknowledged before it is logged
};

class ReferenceStore : public Client {
 public:
  /// With a log, the store begins with what is there. Faults strike by chance, from `seed`.
  explicit ReferenceStore(Fault fault = Fault::kNone, uint64_t seed = 1, const std::string& log_path = "");
  ~ReferenceStore() override = default;

  std::unique_ptr<Transaction> begin(IsolationLevel level, TransactionKind kind,
                                     std::string* failure) override;

 private:
  friend class ReferenceTransaction;

  struct StoredVersion {
    uint64_t timestamp;
    std::optional<std::string> value;  // nothing: deleted
    bool is_of_batch = false;
  };
  struct RangeDelete {
    uint64_t timestamp;
    std::string lower;
    std::string upper;
  };
  using Versions = std::vector<StoredVersion>;  // oldest first

  const std::optional<std::string>* find(const std::string& key, uint64_t timestamp) const;
  bool is_key_changed_since(const std::string& key, uint64_t timestamp) const;
  bool is_range_changed_since(const std::string& lower, const std::string& upper, uint64_t timestamp) const;
  bool is_changed_since(const Versions& versions, uint64_t timestamp) const;
  bool is_range_deleted_since(const std::string& lower, const std::string& upper, uint64_t timestamp) const;
  void apply(const WriteSet& writes, uint64_t timestamp, bool is_batch = false);
  uint64_t commit(const WriteSet& writes, bool is_batch);
  WriteSet take_late_piece(WriteSet* writes) const;
  void log(const WriteSet& writes);
  uint64_t snapshot_timestamp();
  bool strikes(Fault fault, uint64_t one_in = 4) { return fault_ == fault && random_.one_in(one_in); }

  const Fault fault_;
  std::mutex mutex_;  // guards everything below
  Random random_;
  std::map<std::string, Versions> rows_;            // by row_name
  std::map<std::string, std::string> uncommitted_;  // newest put of any transaction: for kDirtyReads
  std::vector<std::pair<uint64_t, WriteSet>>
      late_;                                // acknowledged, not visible: kLateCommit, kCommitInPieces
  std::vector<WriteSet> unlogged_;          // for kLateLog
  std::vector<RangeDelete> range_deletes_;  // oldest first
  uint64_t newest_ = 0;
  ReferenceLog log_;
};

}  // namespace wombat::isolation
