/// What the tests of a full disk and of too few descriptors share: a prepared database, a workload, and the check
/// that everything works again once the shortage has ended.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "resources/api_session.h"
#include "support/sim_file_system.h"

namespace wombat {

struct PreparedDisk {
  std::unique_ptr<SimFileSystem> disk;
  Acknowledged contents;

  std::unique_ptr<SimFileSystem> clone() const { return disk->crash_clone(0, CrashPolicy::kKeepAll); }
};

/// Rows in tables of two levels and in a log.
PreparedDisk prepare_tables();

/// Puts, deletes, batches, a sync, a flush and a compaction, each of which may fail; reads that may not.
void write_under_shortage(ApiSession& session);

/// The shortage has ended: writes succeed within a second, without reopening. Empty when they do.
std::string check_resumption(ApiSession& session);
/// Contents and files are right, now and after reopening. Empty when they are.
std::string check_all(ApiSession& session);

/// Runs `run` for 0 to count - 1 on a few threads: most cases wait most of the time.
void run_side_by_side(size_t count, const std::function<void(size_t)>& run);

}  // namespace wombat
