/// Reads the chain of logs that an earlier process left behind.
///
/// The chain is what the links say, followed back from the last log that holds a commit; a log that was only prepared is not part of it.
/// The rules for what is an unsynced tail and what is damage are in docs/durability.md. In short: a log is
/// replayed up to the size that its successor's link gives. When it is shorter than that, nothing of the
/// successor was ever durable (then the chain ends here), or something was (then durable bytes are missing:
/// kCorruption).
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"
#include "db/log_record.h"
#include "env/file_names.h"
#include "env/file_system.h"
#include "kv/write_batch.h"
#include "version/version_edit.h"

namespace wombat {

struct ReplayedLog {
  uint64_t number = 0;
  uint64_t valid_size = 0;
  bool is_sealed = false;  // the manifest knew its size, and all of it was there
};

struct ReplayResult {
  std::vector<ReplayedLog> logs;  // those that count, oldest first
  Timestamp last_timestamp = 0;
  uint64_t record_count = 0;
  uint64_t dropped_bytes = 0;
};

/// Where a batch was met.
struct LogPlace {
  uint64_t log_number = 0;
  bool is_durable = false;  // it is known to have been; only told with `wants_durability`
};
using ApplyLogged = std::function<Status(BatchReader&, const LogPlace& place)>;

/// kCorruption when a log that is among `files`, listed before the manifest was read, but not in the manifest holds
/// commits: then the end of the manifest is lost.
Status check_logs_are_listed(Directory& directory, const ManifestState& state,
                             const std::vector<FileName>& files);

/// Calls `apply` for every batch in commit order. `state` lists the logs: a listed log that is absent is
/// kMissingFile. Stops with the first failure of `apply`; kEnd, for a batch that is not known to be durable, says that
/// what it needs was lost: the chain ends in front of it.
Result<ReplayResult> replay_logs(Directory& directory, const ManifestState& state, bool wants_durability,
                                 const ApplyLogged& apply);
Result<ReplayResult> replay_logs(Directory& directory, const ManifestState& state,
                                 const std::function<Status(BatchReader&)>& apply);

}  // namespace wombat
