/// The workloads by name, and the operations each of them consists of, generated before the clock starts.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "bench_config.h"
#include "key_sequence.h"

namespace wombat::bench {

enum class Action {
  kPut,
  kBatchPut,
  kDelete,
  kGet,
  kMultiGet,
  kScan,        // all rows, one call a row
  kScanPacked,  // all rows, many a call
  kSeek,        // an iterator made anew for each seek, then some steps
  kSeekReuse,   // one iterator for all seeks
  kMixed,       // YCSB: see Mix
  kCompact,
  kFlush,
  kWait,
  kVerify,
  kStats,
};

enum class KeyOrder { kNone, kAscending, kShuffled, kUniform, kHot, kZipfian, kLatest, kMissing };

/// Shares in percent.
struct Mix {
  unsigned read = 0, update = 0, insert = 0, scan = 0, read_modify_write = 0;
};

struct Workload {
  const char* name;
  const char* help;
  Action action;
  KeyOrder order = KeyOrder::kNone;
  bool fresh = false;       // begins with an empty database
  bool sync = false;        // every write durable before the next
  bool reverse = false;     // scans
  bool has_writer = false;  // beside one thread that overwrites without pause
  Mix mix = {};

  bool is_maintenance() const { return action >= Action::kCompact; }
  bool needs_data() const { return !fresh && !is_maintenance(); }
};

/// In the order in which help lists them.
const std::vector<Workload>& workloads();
/// nullptr when there is none.
const Workload* find_workload(std::string_view name);

enum class OperationKind : uint8_t { kRead, kWrite, kScan, kReadModifyWrite };

struct Operation {
  OperationKind kind;
  uint8_t row_count;  // of scans
};

/// What one thread does.
struct WorkPlan {
  explicit WorkPlan(KeyShape shape) : keys(shape) {}
  KeySequence keys;
  std::vector<Operation> operations;  // kMixed only, one for each key
};

/// Plans for all threads; together they do the whole work. `*entry_count`: entries that exist, in and out
/// (YCSB D and E add some).
std::vector<WorkPlan> make_plans(const Workload& workload, const BenchConfig& config, uint64_t seed,
                                 uint64_t* entry_count);

}  // namespace wombat::bench
