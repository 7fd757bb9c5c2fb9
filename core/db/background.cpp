/// What runs when: read states, the scheduling of jobs, and the housekeeper that does everything that is due
/// by time.
#include <algorithm>

#include "compaction/cold_policy.h"
#include "compaction/compaction_policy.h"
#include "compaction/reclaim_policy.h"
#include "compaction/space_policy.h"
#include "db/db.h"
#include "db/report.h"

namespace wombat {

ReadState* Tree::make_state(const MemtablePtr& active, const std::deque<MemtableSlot>& sealed,
                            Newest newest) {
  std::vector<MemtablePtr> memtables;
  memtables.reserve(sealed.size() + 1);
  if (active != nullptr) memtables.push_back(active);
  for (auto slot = sealed.rbegin(); slot != sealed.rend(); ++slot)
    if (!newest.holds(*slot)) memtables.push_back(slot->memtable);
  return new ReadState(std::move(memtables), std::move(newest.version));
}

/// Writers are slowed down by this.
void Tree::note_pressure(const Version& version) noexcept {
  size_t count = version.levels[0].runs.size();
  level0_count_.store(count);
  try {
    if (style() != CompactionStyle::kLeveled) count = pressing_run_count(version, settings_.compaction());
  } catch (const std::bad_alloc&) {  // all runs will do
  }
  pressing_count_.store(count);
}

void Tree::install_state(ReadState* state) noexcept {
  note_pressure(*state->version);
  ReadState* const old = state_.exchange(state, std::memory_order_seq_cst);
  if (old != nullptr) process_epochs().retire(old);
  db_.due_.push_back(*this);
  db_.changed_.notify_all();
}

/// Shows readers the tree as it is now, without the memtables that are in it. When memory is short readers go
/// on with the old state, which shows the same, and the housekeeper tries again.
Status Tree::install_tree() noexcept {
  db_.uninstalled_.push_back(*this);
  try {
    Newest newest = this->newest();
    std::deque<MemtableSlot> sealed;
    for (const MemtableSlot& slot : sealed_)
      if (!newest.holds(slot)) sealed.push_back(slot);
    ReadState* const state = make_state(active_.memtable, sealed, std::move(newest));
    sealed_.swap(sealed);
    sealed_count_.store(sealed_.size());
    if (sealed_.empty()) db_.sealed_.remove(*this);
    db_.uninstalled_.remove(*this);
    install_state(state);
    return Status::ok();
  } catch (const std::bad_alloc&) {
    if (db_.retry_at_us_ == 0) db_.retry_at_us_ = db_.environment_.clock->now_us() + Db::kRetryDelayMinMicros;
    db_.wake_housekeeper();
    return Status::no_memory();
  }
}

CompactionOptions Tree::compaction_options() const {
  CompactionOptions options = settings_.compaction();
  options.now_us = db_.rules_.now_us();
  options.is_resting = db_.is_resting_.load() || db_.settling_count_.load() != 0;
  options.seen_by_all = db_.seen_by_all();
  options.cold = cold_rules();
  options.reads_are_rare = setting(OptionId::kCompactionDeferUnread) != 0 && db_.read_watch_.reads_are_rare();
  return options;
}

/// Readers that began before tables became due to be dropped may finish first: to them nothing is gone.
bool Tree::may_drop() {
  if (drop_due_at_ == 0) drop_due_at_ = db_.visible_timestamp();
  const Timestamp oldest = db_.snapshots_.oldest();
  if (oldest != 0 && oldest <= drop_due_at_) {
    db_.look_for_expired_in(Db::kExpiryLookMinMicros);
    return false;
  }
  drop_due_at_ = 0;
  return true;
}

std::optional<CompactionPlan> Tree::pick_compaction() {
  CompactionOptions options = compaction_options();
  options.dead_grounds = dead_grounds_;
  const VersionPtr version = newest_version();
  std::optional<CompactionPlan> plan = wombat::pick_compaction(*version, options, busy_);
  if (db_.space_.is_on()) plan = fit_into_space(std::move(plan), *version, options);
  if (plan && plan->is_drop && !may_drop()) plan.reset();
  if (!plan) note_held_back(*version, options);
  if (!plan && sealed_.empty() && compactions_running_ == 0) dead_grounds_.clear();
  return plan;
}

/// The most urgent of what is due in any tree. Trees in which nothing is due are not asked again before they change.
std::optional<CompactionPlan> Db::pick_compaction(Tree** owner) {
  std::optional<CompactionPlan> best;
  for (Tree* tree = due_.first(); tree != nullptr;) {
    Tree* const next = due_.next(*tree);
    if (tree->takes_tables_) {
      tree = next;
      continue;
    }
    std::optional<CompactionPlan> plan = tree->pick_compaction();
    if (!plan) plan = plan_reclaim(*tree->newest_version(), value_log_.dying, tree->busy_);
    if (!plan) plan = plan_cold_move(*tree->newest_version(), tree->cold_rules(), tree->busy_);
    if (plan && space_.is_on() && !has_space_for(*plan)) plan.reset();
    if (!plan) {
      due_.remove(*tree);
      resting_.push_back(*tree);
    } else if (!best || plan->score > best->score) {
      best = std::move(plan);
      *owner = tree;
    }
    tree = next;
  }
  return best || setting(OptionId::kCompactionRestAfter) == 0 ? std::move(best) : pick_at_rest(owner);
}

/// Starts what is due and has a thread. What cannot be submitted for lack of memory counts as a failed job:
/// the housekeeper tries again.
void Db::schedule() noexcept {
  if (is_closing_ || is_read_only_ || workers_ == nullptr || is_degraded_.load()) return;
  if (retry_at_us_ != 0 && environment_.clock->now_us() < retry_at_us_) return;
  try {
    schedule_flushes();
    while (compactions_running_ < compaction_threads_ && pause_count_ == 0) {
      Tree* tree = nullptr;
      std::optional<CompactionPlan> plan = pick_compaction(&tree);
      if (!plan || !start_compaction(*tree, std::move(*plan))) break;
    }
    if (is_idle() && uninstalled_.is_empty()) job_failure_ = Status::ok();
  } catch (const std::bad_alloc&) {
    finish_job("starting background work", Status::no_memory());
  }
}

/// One flush a tree, as many as there are threads that may flush; in the order in which memtables were sealed.
void Db::schedule_flushes() {
  for (Tree* tree = sealed_.first(); tree != nullptr && flushes_running_ <= compaction_threads_;
       tree = sealed_.next(*tree)) {
    if (tree->flush_is_running_) continue;
    const uint64_t number = value_log_.jobs.begin();
    try {
      tree->flush_is_running_ =
          workers_->submit(JobPriority::kFlush,
                           [shared = tree->shared_from_this(), number] { shared->run_flush_job(number); });
    } catch (const std::bad_alloc&) {
      value_log_.jobs.end(number);
      throw;
    }
    if (!tree->flush_is_running_) {
      value_log_.jobs.end(number);
      break;
    }
    ++flushes_running_;
  }
}

/// False: there are no threads any more.
bool Db::start_compaction(Tree& tree, CompactionPlan plan) {
  const JobPriority priority = plan.inputs.front().level == 0 ? JobPriority::kUpper : JobPriority::kBottom;
  if (space_.is_on() && !plan.is_trivial_move) plan.space_bytes = space_needed(plan, value_log_.dying);
  const auto shared = std::make_shared<const CompactionPlan>(std::move(plan));
  tree.mark_busy(*shared);
  space_.reserve_anyway(shared->space_bytes);
  uint64_t number = 0;
  const auto give_up = [&] {
    value_log_.jobs.end(number);
    tree.clear_busy(*shared);
    space_.release(shared->space_bytes);
  };
  bool submitted = false;
  try {
    number = value_log_.jobs.begin();
    submitted =
        workers_->submit(priority, [owner = tree.shared_from_this(), job_plan = shared, number]() mutable {
          owner->run_compaction_job(std::move(job_plan), number);
        });
  } catch (const std::bad_alloc&) {
    give_up();
    throw;
  }
  if (!submitted) {
    give_up();
    return false;
  }
  ++compactions_running_;
  ++tree.compactions_running_;
  return true;
}

/// No job runs, and no memtable waits for one. Needs mutex_.
bool Db::is_idle() const { return flushes_running_ == 0 && compactions_running_ == 0 && sealed_.is_empty(); }

void Tree::mark_busy(const CompactionPlan& plan) {
  try {
    running_plans_.push_back(&plan);
    for (const CompactionPlan::Input& input : plan.inputs)
      for (const TablePtr& table : input.tables) busy_.insert(table->info.number);
    if (plan.takes_deep_runs) busy_.insert(kDeepRunsBusy);
  } catch (...) {
    clear_busy(plan);
    throw;
  }
}

void Tree::clear_busy(const CompactionPlan& plan) noexcept {
  std::erase(running_plans_, &plan);
  for (const CompactionPlan::Input& input : plan.inputs)
    for (const TablePtr& table : input.tables) busy_.erase(table->info.number);
  if (plan.takes_deep_runs) busy_.erase(kDeepRunsBusy);
  if (!is_dropped()) db_.due_.push_back(*this);
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
  std::lock_guard lock(housekeeping_.mutex);
  housekeeping_.is_called = true;
  housekeeping_.wakes.notify_one();
}

/// Microseconds until something is due by time; a day when nothing is.
uint64_t Db::next_housekeeping_us() const {
  constexpr uint64_t kDayMicros = uint64_t{86400} * 1'000'000;
  const uint64_t now = environment_.clock->now_us();
  uint64_t next = kDayMicros;
  const auto consider = [&](uint64_t at_us) { next = std::min(next, at_us > now ? at_us - now : 0); };
  if (settings_.sync_policy() == SyncPolicy::kInterval) {
    consider(housekeeping_.synced_at_us + static_cast<uint64_t>(setting(OptionId::kWalSyncInterval)) * 1000);
  }
  if (setting(OptionId::kMonitoringInterval) != 0) {
    consider(housekeeping_.reported_at_us +
             static_cast<uint64_t>(setting(OptionId::kMonitoringInterval)) * 1'000'000);
  }
  if (const uint64_t due_us = mark_due_us_.load(); due_us != 0) consider(due_us);
  if (keeps_history()) consider(time_due_us_);
  std::lock_guard lock(mutex_);
  if (const int64_t rest_ms = setting(OptionId::kCompactionRestAfter); rest_ms != 0 && !is_degraded_.load()) {
    // Deletes may have come since it began to rest.
    const bool waits = !is_resting_.load() && !(due_.is_empty() && resting_.is_empty());
    if (waits || has_deletes_in_memory())
      consider(housekeeping_.busy_at_us + static_cast<uint64_t>(rest_ms) * 1000);
  }
  if (setting(OptionId::kCheckpointInterval) != 0) {
    const uint64_t interval = static_cast<uint64_t>(setting(OptionId::kCheckpointInterval)) * 1'000'000;
    const Tree* oldest = writing_.first();
    while (oldest != nullptr && !oldest->has_entries()) oldest = writing_.next(*oldest);
    consider(oldest != nullptr ? oldest->active_.born_us + interval : now + interval);
  }
  if (retry_at_us_ != 0) consider(retry_at_us_);
  if (const uint64_t look_us = expiry_look_us_.load(); look_us != UINT64_MAX) consider(look_us);
  return next;
}

void Db::housekeep() {
  std::unique_lock lock(housekeeping_.mutex);
  while (!housekeeping_.stops) {
    const bool was_called = housekeeping_.is_called;
    housekeeping_.is_called = false;
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
    if (housekeeping_.stops || housekeeping_.is_called) continue;
    housekeeping_.wakes.wait_for(lock, std::chrono::microseconds(pause_us));
  }
}

void Db::do_chores() {
  const uint64_t now = environment_.clock->now_us();
  watch_for_rest(now);
  flush_deletes();
  if (is_resting_.load() && memory_shares().derives_sizes) memtable_blocks_->release_unused();
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
  sync_many_values();
  keep_time();
  if (settings_.sync_policy() == SyncPolicy::kInterval &&
      now >= housekeeping_.synced_at_us + static_cast<uint64_t>(setting(OptionId::kWalSyncInterval)) * 1000) {
    housekeeping_.synced_at_us = now;
    const uint64_t writes = write_counters_.total(WriteCounter::kCommits);
    if (writes != housekeeping_.synced_write_count && sync()) housekeeping_.synced_write_count = writes;
  }
  const uint64_t checkpoint_us = static_cast<uint64_t>(setting(OptionId::kCheckpointInterval)) * 1'000'000;
  if (checkpoint_us != 0) {
    std::vector<std::shared_ptr<Tree>> due;
    {
      std::lock_guard lock(mutex_);
      for (Tree* tree = writing_.first(); tree != nullptr && now >= tree->active_.born_us + checkpoint_us;
           tree = writing_.next(*tree)) {
        if (tree->has_entries()) due.push_back(tree->shared_from_this());
      }
    }
    if (!due.empty()) static_cast<void>(rotate_memtables(due));  // a failure is met again by the next write
  }
  const uint64_t report_us = static_cast<uint64_t>(setting(OptionId::kMonitoringInterval)) * 1'000'000;
  if (report_us != 0 && now >= housekeeping_.reported_at_us + report_us) {
    housekeeping_.reported_at_us = now;
    log_.write(LogLevel::kInfo, light_report(*default_tree_));
  }
  remove_obsolete_files();
  process_epochs().reclaim();
  bury_dropped_trees();
  if (now >= expiry_look_us_.load()) look_for_expired(now);
  std::lock_guard lock(mutex_);
  if (retry_at_us_ != 0 && now >= retry_at_us_) retry_at_us_ = 0;
  while (!uninstalled_.is_empty() && retry_at_us_ == 0) {
    const Status installed = uninstalled_.first()->install_tree();
    if (!installed) finish_job("showing the newest tree", installed);
  }
  schedule();
}

}  // namespace wombat
