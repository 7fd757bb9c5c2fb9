/// The workloads of the comparison by name.
#pragma once

#include <string_view>
#include <vector>

namespace wombat::bench {

/// On which database a workload runs. Each engine has one of each kind a round.
enum class MatchData {
  kOwn,           // empty, for this workload alone
  kOwnSync,       // the same, and every write is durable before it returns
  kMain,          // all entries in random order; the workloads on it follow one another
  kLarge,         // the same with fewer values of 4 KiB
  kHuge,          // and of 64 KiB
  kTransactions,  // as kMain, for engines that have transactions, in the way in which they are to do them
};

enum class MatchWork {
  kPut,
  kBatch,
  kDelete,
  kGet,
  kGetView,  // without a copy
  kMultiGet,
  kScan,
  kScanBack,
  kSeek,
  kMixed,        // reads, updates, inserts and scans as the plan says
  kScanDeleted,  // deletes 9 of 10 in the middle half, then scans that range
  kOpen,         // closes, then opens and gets one entry
  kRecover,      // opens what a process that was killed has left
  kTransact,  // reads and writes a few keys each as one serializable transaction, again until that is committed
};

struct MatchWorkload {
  const char* name;
  const char* help;
  MatchData data;
  MatchWork work;
  const char* plan;           // the workload of workload.h whose keys and order are taken; nullptr: none
  unsigned thread_count = 0;  // 0: as --threads says
  size_t batch_size = 0;
  bool has_writer = false;  // beside one thread that overwrites without pause
  bool is_missing = false;  // gets of keys that are absent
  bool by_default = true;
  bool counts_settle = false;  // the time until background work is finished is part of the rate
  bool is_synced = false;      // the database is opened anew, so that every commit is durable
  uint64_t key_count_max = 0;  // keys that are drawn from; 0: all
  unsigned passes = 1;         // the whole plan so many times, in another order each time

  bool writes() const {
    return work == MatchWork::kPut || work == MatchWork::kBatch || work == MatchWork::kDelete ||
           work == MatchWork::kMixed || work == MatchWork::kScanDeleted || work == MatchWork::kTransact ||
           has_writer;
  }
  bool has_own_data() const { return data == MatchData::kOwn || data == MatchData::kOwnSync; }
};

/// A transaction of kTransact reads so many keys, then writes as many others.
inline constexpr size_t kTransactionReads = 2;
inline constexpr size_t kTransactionWrites = 2;
inline constexpr size_t kTransactionKeys = kTransactionReads + kTransactionWrites;

/// In the order in which they run.
const std::vector<MatchWorkload>& match_workloads();
/// nullptr when there is none.
const MatchWorkload* find_match_workload(std::string_view name);

}  // namespace wombat::bench
