/// What runs when: read states, the scheduling of jobs, and the housekeeper that does everything that is due
/// by time.
#include <algorithm>

#include "compaction/level0_policy.h"
#include "compaction/leveled_policy.h"
#include "db/db.h"
#include "db/report.h"

namespace wombat {

ReadState* Tree::make_state(const MemtablePtr& active, const std::deque<MemtableSlot>& sealed) const {
  std::vector<MemtablePtr> memtables;
  memtables.reserve(sealed.size() + 1);
  if (active != nullptr) memtables.push_back(active);
  for (auto slot = sealed.rbegin(); slot != sealed.rend(); ++slot) memtables.push_back(slot->memtable);
  return new ReadState(std::move(memtables), newest_version());
}

void Tree::install_state(ReadState* state) noexcept {
  level0_count_.store(state->version->levels[0].runs.size());
  ReadState* const old = state_.exchange(state, std::memory_order_seq_cst);
  if (old != nullptr) process_epochs().retire(old);
  db_.changed_.notify_all();
}

/// Shows readers the tree as it is now, without the memtables that are in it. When memory is short readers go
/// on with the old state, which shows the same, and the housekeeper tries again.
Status Tree::install_tree() noexcept {
  needs_install_ = true;
  try {
    std::deque<MemtableSlot> sealed;
    for (const MemtableSlot& slot : sealed_)
      if (!slot.is_flushed) sealed.push_back(slot);
    ReadState* const state = make_state(active_.memtable, sealed);
    sealed_.swap(sealed);
    sealed_count_.store(sealed_.size());
    needs_install_ = false;
    install_state(state);
    return Status::ok();
  } catch (const std::bad_alloc&) {
    if (db_.retry_at_us_ == 0) db_.retry_at_us_ = db_.environment_.clock->now_us() + Db::kRetryDelayMinMicros;
    db_.wake_housekeeper();
    return Status::no_memory();
  }
}

/// What is due, or, while nobody writes and nothing is due, what makes reads cheaper.
std::optional<CompactionPlan> Tree::pick_compaction() const {
  const VersionPtr version = newest_version();
  const CompactionOptions options = compaction_options();
  std::optional<CompactionPlan> plan = pick_leveled_compaction(*version, options, busy_);
  if (plan || setting(OptionId::kCompactionRestAfter) == 0) return plan;
  const bool rests = db_.is_resting_.load() || db_.settling_count_.load() != 0;
  if (!rests || flush_is_running_ || db_.compactions_running_ != 0 || !sealed_.empty()) return plan;
  return plan_level0_at_rest(*version, options, busy_);
}

/// Starts what is due and has a thread. What cannot be submitted for lack of memory counts as a failed job:
/// the housekeeper tries again.
void Db::schedule() noexcept {
  if (is_closing_ || is_read_only_ || workers_ == nullptr || is_degraded_.load()) return;
  if (retry_at_us_ != 0 && environment_.clock->now_us() < retry_at_us_) return;
  try {
    Tree& tree = *default_tree_;
    if (!tree.sealed_.empty() && !tree.flush_is_running_) {
      tree.flush_is_running_ = workers_->submit(JobPriority::kFlush, [&tree] { tree.run_flush_job(); });
    }
    while (compactions_running_ < compaction_threads_) {
      std::optional<CompactionPlan> plan = tree.pick_compaction();
      if (!plan) break;
      const JobPriority priority =
          plan->inputs.front().level == 0 ? JobPriority::kUpper : JobPriority::kBottom;
      const auto shared = std::make_shared<const CompactionPlan>(std::move(*plan));
      tree.mark_busy(*shared);
      bool submitted = false;
      try {
        submitted = workers_->submit(priority, [&tree, shared] { tree.run_compaction_job(*shared); });
      } catch (const std::bad_alloc&) {
        tree.clear_busy(*shared);
        throw;
      }
      if (!submitted) {
        tree.clear_busy(*shared);
        break;
      }
      ++compactions_running_;
    }
    if (is_idle() && !tree.needs_install_) job_failure_ = Status::ok();
  } catch (const std::bad_alloc&) {
    finish_job("starting background work", Status::no_memory());
  }
}

/// No job runs, and no memtable waits for one. Needs mutex_.
bool Db::is_idle() const {
  return !default_tree_->flush_is_running_ && compactions_running_ == 0 && default_tree_->sealed_.empty();
}

void Tree::mark_busy(const CompactionPlan& plan) {
  try {
    for (const CompactionPlan::Input& input : plan.inputs)
      for (const TablePtr& table : input.tables) busy_.insert(table->info.number);
  } catch (...) {
    clear_busy(plan);
    throw;
  }
}

void Tree::clear_busy(const CompactionPlan& plan) noexcept {
  for (const CompactionPlan::Input& input : plan.inputs)
    for (const TablePtr& table : input.tables) busy_.erase(table->info.number);
}

/// Notes how a job ended. After a failure jobs rest for a while that doubles with each further failure. Needs
/// mutex_.
void Db::finish_job(const char* what, const Status& status) noexcept {
  if (status) {
    job_failure_ = Status::ok();
    retry_at_us_ = 0;
    retry_delay_us_ = 0;
  } else {
    statistics_.add(Counter::kCompactionsFailed);
    job_failure_ = status;
    ++job_failure_count_;
    retry_delay_us_ = std::clamp(2 * retry_delay_us_, kRetryDelayMinMicros, kRetryDelayMaxMicros);
    retry_at_us_ = environment_.clock->now_us() + retry_delay_us_;
    try {
      log_.write(LogLevel::kError,
                 std::string(what) + " failed and will be tried again: " + status.to_string());
    } catch (const std::bad_alloc&) {
    }
    wake_housekeeper();
  }
  changed_.notify_all();
}

Status Db::background_status() const {
  std::lock_guard lock(mutex_);
  return is_degraded_.load() ? failure_ : job_failure_;
}

void Db::wake_housekeeper() {
  std::lock_guard lock(housekeeper_mutex_);
  housekeeper_is_called_ = true;
  housekeeper_wakes_.notify_one();
}

/// Microseconds until something is due by time; a day when nothing is.
uint64_t Db::next_housekeeping_us() const {
  constexpr uint64_t kDayMicros = uint64_t{86400} * 1'000'000;
  const uint64_t now = environment_.clock->now_us();
  uint64_t next = kDayMicros;
  const auto consider = [&](uint64_t at_us) { next = std::min(next, at_us > now ? at_us - now : 0); };
  if (settings_.sync_policy() == SyncPolicy::kInterval) {
    consider(synced_at_us_ + static_cast<uint64_t>(setting(OptionId::kWalSyncInterval)) * 1000);
  }
  if (setting(OptionId::kMonitoringInterval) != 0) {
    consider(reported_at_us_ + static_cast<uint64_t>(setting(OptionId::kMonitoringInterval)) * 1'000'000);
  }
  if (const uint64_t due_us = mark_due_us_.load(); due_us != 0) consider(due_us);
  if (const int64_t rest_ms = setting(OptionId::kCompactionRestAfter);
      rest_ms != 0 && !is_resting_.load() && default_tree_->level0_count_.load() != 0) {
    consider(busy_at_us_ + static_cast<uint64_t>(rest_ms) * 1000);
  }
  std::lock_guard lock(mutex_);
  if (setting(OptionId::kCheckpointInterval) != 0) {
    const Tree::MemtableSlot& active = default_tree_->active_;
    const bool has_entries = active.memtable != nullptr && active.memtable->entry_count() != 0;
    const uint64_t interval = static_cast<uint64_t>(setting(OptionId::kCheckpointInterval)) * 1'000'000;
    consider(has_entries ? active.born_us + interval : now + interval);
  }
  if (retry_at_us_ != 0) consider(retry_at_us_);
  return next;
}

void Db::housekeep() {
  std::unique_lock lock(housekeeper_mutex_);
  while (!housekeeper_stops_) {
    const bool was_called = housekeeper_is_called_;
    housekeeper_is_called_ = false;
    lock.unlock();
    try {
      if (was_called || next_housekeeping_us() == 0) do_chores();
    } catch (const std::bad_alloc&) {  // the chores are still due
    }
    uint64_t pause_us = 0;
    try {
      pause_us = std::max<uint64_t>(next_housekeeping_us(), 1000);
    } catch (const std::bad_alloc&) {
      pause_us = kRetryDelayMinMicros;
    }
    lock.lock();
    if (housekeeper_stops_ || housekeeper_is_called_) continue;
    housekeeper_wakes_.wait_for(lock, std::chrono::microseconds(pause_us));
  }
}

/// Notices that somebody has written, or that nobody has for a while.
void Db::watch_for_rest(uint64_t now_us) {
  const uint64_t writes = write_counters_.total(WriteCounter::kCommits);
  if (writes != busy_write_count_ || busy_at_us_ == 0) {
    busy_write_count_ = writes;
    busy_at_us_ = now_us;
  }
  const auto rest_ms = static_cast<uint64_t>(setting(OptionId::kCompactionRestAfter));
  is_resting_.store(rest_ms != 0 && now_us >= busy_at_us_ + rest_ms * 1000);
}

void Db::do_chores() {
  const uint64_t now = environment_.clock->now_us();
  watch_for_rest(now);
  if (!is_degraded_.load()) {
    if (wants_spare_log_.exchange(false)) {
      if (Status prepared = wal_->prepare_spare(); !prepared) {
        log_.write(LogLevel::kWarning, "preparing the next log file: " + prepared.to_string());
        degrade_if_final();
      }
    }
    if (Status sealed = wal_->seal_older(); !sealed) degrade(sealed);
  }
  if (const uint64_t due_us = mark_due_us_.load(); due_us != 0 && now >= due_us) {
    mark_due_us_.store(0);
    static_cast<void>(mark_log());
  }
  if (settings_.sync_policy() == SyncPolicy::kInterval &&
      now >= synced_at_us_ + static_cast<uint64_t>(setting(OptionId::kWalSyncInterval)) * 1000) {
    synced_at_us_ = now;
    const uint64_t writes = write_counters_.total(WriteCounter::kCommits);
    if (writes != synced_write_count_ && sync()) synced_write_count_ = writes;
  }
  const uint64_t checkpoint_us = static_cast<uint64_t>(setting(OptionId::kCheckpointInterval)) * 1'000'000;
  if (checkpoint_us != 0) {
    bool is_due = false;
    {
      std::lock_guard lock(mutex_);
      const Tree::MemtableSlot& active = default_tree_->active_;
      is_due = active.memtable->entry_count() != 0 && now >= active.born_us + checkpoint_us;
    }
    if (is_due)
      static_cast<void>(rotate_memtable(*default_tree_));  // a failure is met again by the next write
  }
  const uint64_t report_us = static_cast<uint64_t>(setting(OptionId::kMonitoringInterval)) * 1'000'000;
  if (report_us != 0 && now >= reported_at_us_ + report_us) {
    reported_at_us_ = now;
    log_.write(LogLevel::kInfo, text_report(*this));
  }
  tables_->remove_obsolete_files();
  process_epochs().reclaim();
  std::lock_guard lock(mutex_);
  if (retry_at_us_ != 0 && now >= retry_at_us_) retry_at_us_ = 0;
  if (default_tree_->needs_install_ && retry_at_us_ == 0) {
    if (const Status installed = default_tree_->install_tree(); !installed)
      finish_job("showing the newest tree", installed);
  }
  schedule();
}

}  // namespace wombat
