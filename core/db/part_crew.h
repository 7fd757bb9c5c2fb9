/// Threads that work on the parts of one job: the one that has the job, and helpers from the pool as far as it has any to
/// spare. Who comes late finds nothing left to do.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/status.h"
#include "env/worker_pool.h"

namespace wombat {

class PartCrew : public std::enable_shared_from_this<PartCrew> {
 public:
  /// `work` does part `i`; `is_owner`: on the thread of run(). It is called by several threads, and not after run() has
  /// returned.
  using Work = std::function<Status(size_t i, bool is_owner)>;
  PartCrew(size_t part_count, Work work) : part_count_(part_count), work_(std::move(work)) {}

  /// Asks the pool for up to `count` helpers.
  void call_helpers(WorkerPool& pool, size_t count);
  /// Returns when every part is done, or none is being worked on after a failure: the first one. `watch` is asked now and
  /// then while helpers are waited for; its failure ends all parts.
  Status run(const std::function<Status()>& watch);
  /// Parts end early: one has failed. Any thread.
  bool has_failed() const;

 private:
  void take_parts(bool is_owner);

  const size_t part_count_;
  const Work work_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  size_t next_ = 0;     // guarded by mutex_, as are the next ones
  size_t working_ = 0;  // parts that are being worked on
  Status failure_;
};

}  // namespace wombat
