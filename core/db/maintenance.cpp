/// The long calls: flush, compaction of a range, waiting, verification, options of an open database.
#include <algorithm>

#include "compaction/leveled_policy.h"
#include "db/approximate_size.h"
#include "db/db.h"
#include "db/log_replay.h"
#include "db/onlooker.h"

namespace wombat {

namespace {

constexpr uint64_t kPollMicros = 20'000;
constexpr uint64_t kRangeJobBytesMax = uint64_t{512} << 20;

class CountedScope {
 public:
  explicit CountedScope(std::atomic<uint32_t>& count) : count_(count) { count_.fetch_add(1); }
  ~CountedScope() { count_.fetch_sub(1); }
  CountedScope(const CountedScope&) = delete;
  CountedScope& operator=(const CountedScope&) = delete;

 private:
  std::atomic<uint32_t>& count_;
};

}  // namespace

/// Sleeps until something changed, for at most a moment, and checks whether the caller still wants to wait.
Status Db::wait_for_change(std::unique_lock<std::mutex>& lock, const TaskControl& control) {
  if (is_closing_) return Status(Code::kClosed, path_ + " is closed");
  if (is_degraded_.load()) return Status(Code::kDegraded, failure_.to_string());
  changed_.wait_for(lock, std::chrono::microseconds(kPollMicros));
  lock.unlock();
  Status status = check_control(control, 0, 0);
  lock.lock();
  return status;
}

Status Tree::flush(const TaskControl& control) {
  const CallScope call(*this);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(db_.rotate_memtables({shared_from_this()}));
  uint64_t last_log = 0;
  {
    std::lock_guard lock(db_.mutex_);
    if (!sealed_.empty()) last_log = sealed_.back().first_log;
  }
  WOMBAT_TRY(wait_for_flush(last_log, control));
  return call.check();
}

/// All keyspaces: one change of logs for all of them.
Status Db::flush(const TaskControl& control) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  const std::vector<std::shared_ptr<Tree>> trees = all_trees();
  WOMBAT_TRY(rotate_memtables(trees));
  std::vector<uint64_t> last_logs;
  {
    std::lock_guard lock(mutex_);
    for (const auto& tree : trees)
      last_logs.push_back(tree->sealed_.empty() ? 0 : tree->sealed_.back().first_log);
  }
  for (size_t i = 0; i < trees.size(); ++i) {
    if (last_logs[i] == 0) continue;
    const Status flushed = trees[i]->wait_for_flush(last_logs[i], control);
    if (!flushed && flushed.code() != Code::kDropped) return flushed;
  }
  return Status::ok();
}

/// Returns when what was sealed is in tables; what was sealed later than the memtable that began with `last_log` is
/// not waited for.
Status Tree::wait_for_flush(uint64_t last_log, const TaskControl& control) {
  std::unique_lock lock(db_.mutex_);
  const uint64_t failure_count =
      db_.job_failure_count_;  // an older failure says nothing: the job is tried again
  while (!sealed_.empty() && sealed_.front().first_log <= last_log) {
    if (!db_.job_failure_ && db_.job_failure_count_ != failure_count) return db_.job_failure_;
    db_.schedule();
    WOMBAT_TRY(db_.wait_for_change(lock, control));
  }
  return Status::ok();
}

Status Db::wait_for_background(const TaskControl& control) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  if (is_read_only_) return Status::ok();
  const CountedScope settling(settling_count_);
  std::unique_lock lock(mutex_);
  const uint64_t failure_count = job_failure_count_;
  for (;;) {
    if (!job_failure_ && job_failure_count_ != failure_count) return job_failure_;
    schedule();
    if (is_idle()) break;
    WOMBAT_TRY(wait_for_change(lock, control));
  }
  const Status status = job_failure_;
  lock.unlock();
  process_epochs().reclaim();
  remove_obsolete_files();
  return status;
}

Status Db::pause_compactions(const TaskControl& control) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  std::unique_lock lock(mutex_);
  ++pause_count_;
  while (compactions_running_ != 0) {
    if (Status waited = wait_for_change(lock, control); !waited) {
      --pause_count_;
      schedule();
      return waited;
    }
  }
  return Status::ok();
}

Status Db::resume_compactions() {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  std::lock_guard lock(mutex_);
  if (pause_count_ == 0) return Status::invalid_argument("compactions are not paused");
  if (--pause_count_ == 0) {
    schedule();
    changed_.notify_all();
  }
  return Status::ok();
}

/// The tree's own memtables and compactions; what is only worth doing at rest is not waited for.
Status Tree::wait_for_background(const TaskControl& control) {
  const CallScope call(*this);
  WOMBAT_TRY(call.check());
  if (db_.is_read_only_) return Status::ok();
  {
    std::unique_lock lock(db_.mutex_);
    const uint64_t failure_count = db_.job_failure_count_;
    for (;;) {
      if (!db_.job_failure_ && db_.job_failure_count_ != failure_count) return db_.job_failure_;
      db_.schedule();
      const bool is_idle = !flush_is_running_ && compactions_running_ == 0 && sealed_.empty();
      if (is_idle && (!db_.due_.contains(*this) || db_.pause_count_ != 0)) break;
      WOMBAT_TRY(db_.wait_for_change(lock, control));
    }
  }
  process_epochs().reclaim();
  db_.remove_obsolete_files();
  return call.check();
}

namespace {

/// The deepest level that holds tables, level 1 at least.
uint32_t deepest_level(const Version& version) {
  uint32_t deepest = 1;
  for (uint32_t level = 0; level < version.levels.size(); ++level)
    if (!version.levels[level].runs.empty()) deepest = std::max(deepest, level);
  return deepest;
}

}  // namespace

Status Tree::compact_range(const Bytes* lower, const Bytes* upper, const TaskControl& control) {
  const CallScope call(*this);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(db_.check_control(control, 0, 0));
  // The flush makes durable what is in this keyspace's memtables, not what other keyspaces have in the logs.
  WOMBAT_TRY(db_.sync());
  WOMBAT_TRY(flush(control));
  const uint64_t total = newest_version()->bytes();
  uint64_t done = 0;
  uint32_t level = 0;
  if (db_.space_.is_on() && style() == CompactionStyle::kLeveled)
    WOMBAT_TRY(compact_in_little_space(control));
  for (uint32_t deepest = 0; deepest < deepest_level(*newest_version());) {
    deepest = deepest_level(*newest_version());
    for (; level < deepest; ++level)
      WOMBAT_TRY(compact_level(level, false, lower, upper, control, &done, total));
    WOMBAT_TRY(compact_level(deepest, true, lower, upper, control, &done, total));
    // A background job may have moved tables to a level that was empty before.
  }
  return Status::ok();
}

/// Numbers of the tables of a level that are not compressed as the options have it now. A table that cannot be opened is
/// left out: who reads it will be told why.
BusyTables Tree::compressed_otherwise(uint32_t level) const {
  BusyTables numbers;
  Result<LevelCompression> wanted = compression_of(level);
  if (!wanted) return numbers;
  const VersionPtr version = newest_version();
  for (const Run& run : version->levels[level].runs) {
    for (const TablePtr& table : run.tables) {
      Result<TableReaderRef> reader = as_open(table).hold();
      if (!reader) continue;
      const TableCompression& found = (*reader)->properties().compression;
      const bool differs = wanted->picks_codec ? found.codec == CodecId::kNone
                                               : found.codec != wanted->codec || found.level != wanted->level;
      if (differs) numbers.insert(table->info.number);
    }
  }
  return numbers;
}

/// Carries out a plan that is marked busy, on the calling thread.
Status Tree::run_asked_for(const CompactionPlan& plan, const TaskControl& control, uint64_t done,
                           uint64_t total) {
  Status status;
  uint64_t reserved = 0;
  const auto end = [&] {
    db_.space_.release(reserved);
    std::lock_guard lock(db_.mutex_);
    clear_busy(plan);
    db_.changed_.notify_all();
    db_.schedule();
  };
  try {
    status = db_.check_control(control, done, total);
    if (status) status = db_.reserve_for_merge(plan, control, &reserved);
    if (status) status = compact(plan, &control, done, total);
  } catch (...) {
    end();
    throw;
  }
  end();
  return status;
}

/// Compacts the range in one level, piece by piece, on the calling thread; waits where background jobs are at
/// the same tables.
Status Tree::compact_level(uint32_t level, bool in_place, const Bytes* lower, const Bytes* upper,
                           const TaskControl& control, uint64_t* done, uint64_t total) {
  std::string next_key;  // pieces advance, so that tables that cannot shrink further are not taken again
  Bytes from;
  const Bytes* piece_lower = lower;
  const BusyTables wanted = in_place ? compressed_otherwise(level) : BusyTables();
  const uint64_t piece_bytes_max =
      db_.space_.is_on() ? std::min(kRangeJobBytesMax, db_.space_.slack() / 8) : kRangeJobBytesMax;
  for (;;) {
    JobScope job(db_.value_log_.jobs, db_.mutex_, db_.changed_);
    std::optional<CompactionPlan> plan;
    {
      std::unique_lock lock(db_.mutex_);
      for (bool is_blocked = true; is_blocked;) {
        if (takes_tables_) {
          WOMBAT_TRY(db_.wait_for_change(lock, control));
          continue;
        }
        // Nothing holds the version while this waits.
        plan = in_place ? plan_bottom_rewrite(*newest_version(), level, piece_lower, upper, busy_, wanted,
                                              &is_blocked)
                        : plan_range_compaction(*newest_version(), level, piece_lower, upper, piece_bytes_max,
                                                busy_, &is_blocked);
        if (is_blocked) WOMBAT_TRY(db_.wait_for_change(lock, control));
      }
      if (!plan) return Status::ok();
      job.begin();
      mark_busy(*plan);
    }
    WOMBAT_TRY(run_asked_for(*plan, control, *done, total));
    *done += plan->input_bytes();
    if (!in_place) continue;
    next_key = plan->inputs.front().tables.back()->info.largest_key + '\0';
    from = next_key;
    piece_lower = &from;
  }
}

Status Tree::verify_tables(const ReadState& state, const TaskControl& control, uint64_t* done,
                           uint64_t total) {
  WOMBAT_TRY(state.version->check());
  for (const Level& level : state.version->levels) {
    for (const Run& run : level.runs) {
      for (const TablePtr& table : run.tables) {
        const std::string name = file_name(FileKind::kTable, table->info.number);
        WOMBAT_ASSIGN(const uint64_t size, db_.directory_->file_size(name));
        if (size != table->info.file_size) {
          return Status::corruption_at(name, size, std::to_string(table->info.file_size) + " bytes",
                                       std::to_string(size) + " bytes");
        }
        // Opened anew: what is in memory already says nothing about the file.
        WOMBAT_ASSIGN(const std::unique_ptr<TableReader> reader, db_.tables_->open(table->info));
        WOMBAT_TRY(reader->verify([&](uint64_t bytes) {
          *done += bytes;
          return db_.check_control(control, std::min(*done, total), total);
        }));
        WOMBAT_TRY(verify_values(as_open(table), control, done, total));
      }
    }
  }
  return Status::ok();
}

Status Db::verify(const TaskControl& control) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(verify_trees(all_trees(), control));
  return verify_journals(control);
}

Status Tree::verify(const TaskControl& control) {
  const CallScope call(*this);
  WOMBAT_TRY(call.check());
  return db_.verify_trees({shared_from_this()}, control);
}

Status Db::verify_trees(const std::vector<std::shared_ptr<Tree>>& trees, const TaskControl& control) {
  std::vector<ReadStateRef> states;
  uint64_t total = 0;
  for (const auto& tree : trees) {
    EpochGuard guard(process_epochs());
    states.emplace_back(&tree->read_state(guard));
    total += states.back()->version->bytes() + states.back()->version->pointed_bytes();
  }
  uint64_t done = 0;
  for (size_t i = 0; i < trees.size(); ++i)
    WOMBAT_TRY(trees[i]->verify_tables(*states[i], control, &done, total));
  return Status::ok();
}

/// The manifest and the logs are read like by the next open; what is being written meanwhile looks like a
/// torn tail.
Status Db::verify_journals(const TaskControl& control) {
  Onlooker onlooker;
  for (;;) {
    WOMBAT_TRY(check_control(control, 0, 0));
    const auto no_handle = [](const TableInfo& info) { return std::make_shared<TableHandle>(info); };
    const Result<RecoveredManifest> manifest = recover_manifest(*directory_, 2, no_handle);
    Status status = manifest ? Status::ok() : manifest.status();
    if (status) {
      const Result<ReplayResult> replayed =
          replay_logs(*directory_, manifest.value().state, [&](BatchReader& batch) {
            BatchReader::Operation operation;
            while (batch.next(&operation)) continue;
            return check_control(control, 0, 0);
          });
      if (!replayed) status = replayed.status();
    }
    if (!onlooker.should_look_again(status, *directory_)) return status;
  }
}

Status Db::clean_up_logs(uint64_t* removed) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  WOMBAT_TRY(check_writable());
  *removed = remove_old_logs();
  return Status::ok();
}

uint64_t Tree::approximate_size(const Bytes* lower, const Bytes* upper) {
  EpochGuard guard(process_epochs());
  return wombat::approximate_size(*read_state(guard).version, 0, lower, upper);
}

Status Db::set_option(OptionId id, std::string_view text) {
  const CallScope call(*default_tree_);
  WOMBAT_TRY(call.check());
  std::lock_guard change(change_mutex_);
  const OptionInfo& info = option_info(id);
  if (!info.is_mutable) {
    return Status::invalid_argument("option " + std::string(info.name) +
                                    " is fixed while the database is open");
  }
  {
    std::lock_guard lock(options_mutex_);
    Options changed = options_;
    WOMBAT_TRY(changed.set(id, text));
    WOMBAT_ASSIGN(const MemoryPlan plan, plan_memory(changed, machine_memory(environment_)));
    options_ = std::move(changed);
    use_plan(plan);
  }
  if (id == OptionId::kHistoryRetention && !keeps_history()) WOMBAT_TRY(forget_history());
  WOMBAT_TRY(load_all_settings());
  use_shares();
  descriptors_->set_limit(static_cast<size_t>(setting(OptionId::kIoMaxOpenFiles)));
  WOMBAT_TRY(set_space_ceiling());
  log_.set_least(static_cast<LogLevel>(setting(OptionId::kLogLevel)));
  look_for_expired_soon();
  return Status::ok();
}

std::string Db::option_text(OptionId id) const {
  std::lock_guard lock(options_mutex_);
  return options_.text(id);
}

}  // namespace wombat
