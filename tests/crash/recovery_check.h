/// Whether a database comes back from what a crash left of it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "crash/commit_history.h"
#include "support/sim_file_system.h"

namespace wombat {

/// What may be found at a time, in ticks. Nothing: the rows are fine; else what is wrong.
using RowsCheck = std::function<std::optional<std::string>(const ModelRows& rows, uint64_t now)>;

struct RecoveryPlan {
  RowsCheck check;
  uint64_t seed = 0;
  uint64_t now = 1;  // in ticks: when it comes back
  /// How often the recovery itself is cut down: at each of its calls another recovery is checked, which must
  /// find the same rows.
  int nested_crash_depth = 0;
  /// The database was being removed: it may be gone, or refuse to open for lack of CURRENT.
  bool may_be_destroyed = false;
};

/// Opens `disk` (which is used up), checks rows, verify, order of calls, that it can be written, closed and
/// opened again. `*state_count` grows by the images checked. Nothing when all is well.
std::optional<std::string> check_recovery(std::unique_ptr<SimFileSystem> disk, const RecoveryPlan& plan,
                                          std::atomic<uint64_t>* state_count);

}  // namespace wombat
