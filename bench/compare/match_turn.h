/// One engine's turn at one workload: the threads, the clock, and what the turn cost.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "match_config.h"
#include "match_loops.h"
#include "memory_ledger.h"
#include "store_catalog.h"

namespace wombat::bench {

struct TurnResult {
  uint64_t operations = 0;
  double elapsed_s = 0;
  double settle_s = 0;  // flush, and until background work was finished
  double cpu_s = 0;     // all threads of the process, without settling
  double settle_cpu_s = 0;
  uint64_t found = 0;
  uint64_t digest = 0;
  uint64_t given_bytes = 0;    // keys and values handed to the engine
  uint64_t written_bytes = 0;  // pages made dirty, settling included
  uint64_t disk_bytes = 0;     // blocks of its files, settled
  uint64_t live_bytes = 0;     // keys and values that are in it then
  uint64_t memory_bytes = 0;   // peak
  uint64_t p50_ns = 0, p99_ns = 0, p999_ns = 0;
  uint64_t stall_ns = 0;  // no call took longer
  uint64_t writer_operations = 0;
  uint64_t aborts = 0;
};

/// An engine that takes part, with the database that it has open.
class Contender {
 public:
  Contender(const StoreKind& kind, std::string base_directory)
      : kind_(kind), base_directory_(std::move(base_directory)) {}
  ~Contender();
  Contender(Contender&&) = default;

  const StoreKind& kind() const { return kind_; }
  const std::string& version() const { return version_; }
  const std::string& directory() const { return directory_; }
  Store& store() { return *store_; }
  bool is_open() const { return store_ != nullptr; }

  /// Makes an empty directory of its own for a new database.
  void make_directory(const std::string& name);
  void open(const StoreSettings& settings);
  /// The same inside a turn.
  void open_untracked(const StoreSettings& settings);
  void close();
  void remove();

  using ThreadWork = std::function<void(MatchTally*)>;
  /// One turn: all of `threads` start together, `writer` (may be empty) runs beside them, then the engine settles. Threads report
  /// failures in their tally. The result lacks what only the caller knows (live_bytes).
  TurnResult take_turn(const MatchWorkload& workload, const std::vector<ThreadWork>& threads,
                       const std::function<void(const std::atomic<bool>& stop, MatchTally*)>& writer,
                       uint32_t usual_sample_every);
  /// The same for tasks, one a thread.
  TurnResult take_turn(const std::vector<MatchTask>& tasks, const MatchTask* writer,
                       uint32_t usual_sample_every);

  /// Uncounted: shows all rows and checks their order. Throws when there are not `expected`. Returns the digest of the values.
  uint64_t verify_rows(uint64_t expected, size_t value_size);

 private:
  void settle(const MatchWorkload& workload, TurnResult* result);

  const StoreKind& kind_;
  std::string base_directory_;
  std::string directory_;
  std::string version_;
  std::unique_ptr<Store> store_;
  MemoryLedger memory_;
};

}  // namespace wombat::bench
