/// A write on its way through the queue of writers.
#pragma once

#include <condition_variable>
#include <optional>

#include "base/cancellation.h"
#include "base/status.h"
#include "kv/write_batch.h"

namespace wombat {

enum class SyncChoice { kDefault = 0, kAlways = 1, kNever = 2 };

struct WriteRequest {
  const WriteBatch* batch = nullptr;
  SyncChoice sync = SyncChoice::kDefault;
  bool no_wait = false;
  Deadline deadline;
};

/// One waiting thread. Lives on its stack; linked into the queue under the queue's lock.
struct Writer {
  enum class Work { kCommit, kSync, kRotate, kMark };
  Work work = Work::kCommit;
  const WriteRequest* request = nullptr;
  bool wants_sync = false;
  bool is_taken = false;  // by a leader: the writer must wait for the outcome
  bool is_done = false;
  Status status;
  std::optional<std::condition_variable> wakes;  // made when the writer has to wait

  /// Needs the queue's lock.
  void wake() {
    if (wakes) wakes->notify_one();
  }
};

}  // namespace wombat
