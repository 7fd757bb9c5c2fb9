/// Runs a workload on a store and records its history.
#pragma once

#include "isolation/anomaly.h"
#include "isolation/transaction_run.h"

namespace wombat::isolation {

struct RecordedRun {
  History history;
  uint64_t committed_count = 0;
  uint64_t aborted_count = 0;         // conflicts and those aborted by choice
  std::vector<std::string> failures;  // what should not have failed
};

/// Transactions `first` to `first + count - 1` in as many threads as the options say, the keys those of `window`.
RecordedRun run_in_threads(Client* client, const Workload& workload, uint32_t window, uint64_t first,
                           uint64_t count);
/// The same by one thread that goes from process to process at random, an operation each time: every run with the same
/// seed does the same. For stores in which no transaction waits for another.
RecordedRun run_interleaved(Client* client, const Workload& workload, uint32_t window, uint64_t first,
                            uint64_t count);

/// Nanoseconds of the clock that all processes of the machine share.
uint64_t system_clock_ns();

/// A number from the environment, or `fallback`.
uint64_t count_from_environment(const char* name, uint64_t fallback);

}  // namespace wombat::isolation
