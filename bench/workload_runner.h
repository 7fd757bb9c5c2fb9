/// Runs workloads one after another on one database and measures each.
#pragma once

#include <cstdint>
#include <string>

#include "bench_config.h"
#include "bench_database.h"
#include "value_source.h"
#include "workload.h"

namespace wombat::bench {

struct BenchResult {
  std::string workload;
  bool is_maintenance = false;
  unsigned thread_count = 1;
  uint64_t operations = 0;
  double elapsed_s = 0;
  uint64_t thread_cpu_ns = 0;  // of the threads that do the work, together
  uint64_t found = 0;
  uint64_t payload_bytes = 0;
  uint64_t call_count_sampled = 0;
  uint64_t p50_ns = 0, p99_ns = 0, p999_ns = 0, max_ns = 0;
  uint64_t gap_max_ns = 0;
  double settle_s = 0;  // until background work was finished, when asked for
  // Of the process and of the statistics, settling included.
  uint64_t write_call_bytes = 0, write_block_bytes = 0;
  uint64_t log_bytes = 0, flush_bytes = 0, compaction_bytes = 0;
  uint64_t disk_bytes = 0, memory_peak_bytes = 0;
  double user_s = 0, system_s = 0;
  uint64_t background_writes = 0;  // readwhilewriting
  std::string text;                // of stats

  double operations_per_s() const { return elapsed_s > 0 ? static_cast<double>(operations) / elapsed_s : 0; }
};

class WorkloadRunner {
 public:
  WorkloadRunner(BenchConfig config, BenchDatabase& database);

  /// Throws BenchFailure. Prepares what the workload needs: an empty database or loaded entries.
  BenchResult run(const Workload& workload);

 private:
  void prepare(const Workload& workload);
  void load();
  void warm();
  void settle();
  void run_maintenance(const Workload& workload, BenchResult* result);
  void run_threads(const Workload& workload, BenchResult* result);
  uint64_t next_seed() { return mix64(config_.seed + ++run_count_); }

  BenchConfig config_;
  BenchDatabase& database_;
  ValueSource values_;
  bool has_data_;
  uint64_t entry_count_;
  uint64_t run_count_ = 0;
};

}  // namespace wombat::bench
