/// The engine put together: what the C API calls. One Db is one open database: what its keyspaces (tree.h) share.
///
/// Paths: write_path.cpp (writers queue up, one leads: log, memtable, publish), read_path.cpp (point reads
/// within an epoch), db_iterator.h (scans), background.cpp and jobs.cpp (flush, compaction, housekeeping),
/// recovery.cpp (open), maintenance.cpp (long calls). docs/architecture.md shows them as pictures,
/// docs/concurrency.md the locks and their order.
///
/// Any thread. Iterators, snapshots and pins share ownership of the Db; close() ends all activity and may be
/// called while they live.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>

#include "base/epoch.h"
#include "base/memory_budget.h"
#include "base/rate_limiter.h"
#include "base/read_counters.h"
#include "base/statistics.h"
#include "compaction/reclaim_policy.h"
#include "db/environment.h"
#include "db/event_log.h"
#include "db/found_value.h"
#include "db/housekeeping.h"
#include "db/job_log.h"
#include "db/memory_plan.h"
#include "db/options.h"
#include "db/prepared_transactions.h"
#include "db/read_watch.h"
#include "db/settings.h"
#include "db/side_directories.h"
#include "db/snapshots.h"
#include "db/space_ceiling.h"
#include "db/timeline.h"
#include "db/tree.h"
#include "db/tree_state.h"
#include "db/value_log_state.h"
#include "db/write_ahead_log.h"
#include "db/write_counters.h"
#include "db/write_queue.h"
#include "db/write_request.h"
#include "env/fork_guard.h"
#include "env/latched_directory.h"
#include "env/worker_pool.h"
#include "kv/read_rules.h"
#include "txn/lock_table.h"
#include "txn/recent_writes.h"

namespace wombat {

struct LogPlace;
struct ReplayResult;

/// kInvalidArgument unless `name` is 1 to 255 bytes of UTF-8 without control characters; `what` is named.
Status check_public_name(std::string_view name, std::string_view what);

class Db : public std::enable_shared_from_this<Db> {
 public:
  static Result<std::shared_ptr<Db>> open(const std::string& path, const Options& options,
                                          const Environment& environment);
  ~Db();
  Db(const Db&) = delete;
  Db& operator=(const Db&) = delete;

  /// Ends writers, background work and the log. Idempotent. Reports the failure of the last sync.
  Status close();
  bool is_closed() const { return is_closed_.load(std::memory_order_acquire); }
  /// kClosed when close() has begun.
  Status check_open() const;
  /// The process was forked since open: nothing may be used, and threads are not there to be joined.
  bool is_forked() const { return noticed_fork_generation() != fork_generation_; }

  using CallScope = Tree::CallScope;
  /// The keyspace that every database has.
  Tree& default_tree() const { return *default_tree_; }

  // Writing (write_path.cpp)
  /// `*committed_at`, unless null, becomes the timestamp of the commit.
  Status write(const WriteRequest& request, Timestamp* committed_at = nullptr);
  /// The same for who is inside a call already, has checked it, and names a tree.
  Status write(const CallScope& call, const WriteRequest& request, Timestamp* committed_at = nullptr);
  Status sync();

  // Reading (read_path.cpp). The caller holds a guard of process_epochs().
  Timestamp visible_timestamp() const { return visible_.load(std::memory_order_acquire); }
  /// Of the default keyspace. `snapshot` 0: the newest state. `*found` false: absent.
  Status get(const EpochGuard& guard, Bytes key, Timestamp snapshot, bool fill_cache, FoundValue* value,
             bool* found) {
    ReadState& state = default_tree_->read_state(guard);  // before the timestamp, see read_state.h
    const Timestamp at = snapshot != 0 ? snapshot : visible_timestamp();
    return default_tree_->get_at(guard, state, key, at, fill_cache, value, found);
  }
  /// Null when there is none of that id.
  std::shared_ptr<Tree> find_tree(uint32_t id) const;
  Timestamp take_snapshot();
  void release_snapshot(Timestamp timestamp) noexcept {
    snapshots_.release(timestamp);
    if (holds_back_.load(std::memory_order_relaxed)) [[unlikely]]
      look_at_held_back();
  }
  /// Count and sample a seek; begin_seek returns 0 when this one is not timed.
  uint64_t begin_seek();
  void end_seek(uint64_t started_ns);
  Result<std::unique_ptr<DbIterator>> new_iterator(const IteratorSettings& settings);

  // Transactions (transaction.h, commit_path.cpp)
  LockTable& locks() { return locks_; }
  RecentWrites& recent_writes() { return recent_writes_; }
  uint64_t new_transaction_id() { return transaction_count_.fetch_add(1) + 1; }
  // History (history.cpp)
  /// Whether the state at `at` can still be read; asked after a read state has been loaded. kTooOld, or
  /// kInvalidArgument for a commit to come.
  Status check_history(Timestamp at) const;
  /// The newest commit at a time of the wall clock, to within Timeline::kStepMicros. kTooOld.
  Status find_commit_at(uint64_t wall_us, Timestamp* timestamp) const;
  // Prepared transactions (prepare.cpp)
  std::vector<std::string> prepared_names() const;
  /// Commits or drops a prepared transaction. kDoesNotExist when there is none of that name.
  Status decide_prepared(std::string_view name, bool commits, Timestamp* committed_at);
  /// The keyspace of kSystemKeyspaceName, made when it is not there.
  Result<std::shared_ptr<Tree>> system_keyspace();

  // Maintenance (maintenance.cpp)
  /// Of all keyspaces.
  Status flush(const TaskControl& control);
  Status compact_range(const Bytes* lower, const Bytes* upper, const TaskControl& control) {
    return default_tree_->compact_range(lower, upper, control);
  }
  Status wait_for_background(const TaskControl& control);
  Status verify(const TaskControl& control);
  /// Until as many resume() as pause(), no compaction is begun but those that callers ask for. Returns when none is running
  /// in the background; when that fails nothing is paused.
  Status pause_compactions(const TaskControl& control);
  /// kInvalidArgument when they are not paused.
  Status resume_compactions();
  Status verify_trees(const std::vector<std::shared_ptr<Tree>>& trees, const TaskControl& control);
  Status clean_up_logs(uint64_t* removed);
  /// Gives the space of value files back of which at least `dead_percent` is dead.
  Status reclaim(uint32_t dead_percent, const TaskControl& control);
  Status set_option(OptionId id, std::string_view text);
  std::string option_text(OptionId id) const;

  // Keyspaces (keyspaces.cpp). Names: 1 to 255 bytes of UTF-8 without control characters.
  /// `overrides`: see keyspace_options.h.
  Result<std::shared_ptr<Tree>> create_keyspace(std::string_view name, std::string overrides);
  Result<std::shared_ptr<Tree>> open_keyspace(std::string_view name) const;
  /// "default" first, the others by name.
  std::vector<std::string> keyspace_names() const;
  Status rename_keyspace(std::string_view name, std::string_view new_name);
  Status drop_keyspace(std::string_view name);
  /// Changes an option of a keyspace that is not the default one, and keeps it.
  Status set_keyspace_option(Tree& tree, OptionId id, std::string_view text);
  size_t keyspace_count() const;
  bool owns(const Tree& tree) const { return &tree.db() == this; }

  // Memory (memory_limit.cpp)
  const std::shared_ptr<MemoryBudget>& memory() const { return memory_; }
  MemoryShares memory_shares() const;
  /// What an iterator may read ahead that asks for `wanted` bytes from each of `source_count` sources.
  size_t readahead_for(size_t source_count, size_t wanted) const;
  /// Tables are closed for others to have the memory: who reads many keys is not to stay in one epoch meanwhile.
  bool closes_tables() const { return tables_->drops_readers(); }

  // Watching (properties.cpp, report.cpp)
  Statistics& statistics() { return statistics_; }
  ReadCounters& read_counters() const { return read_counters_; }
  Clock& clock() const { return *environment_.clock; }
  uint64_t counter_total(Counter counter) const;
  Result<std::string> property(std::string_view name) { return default_tree_->property(name); }
  const std::string& path() const { return path_; }

  // Values in value files (value_log.cpp)
  const ValueStore& values() const { return *values_; }
  /// See ValueAppender::append(): for commits, and for what jobs write.
  Status append_values(std::deque<EncodedValue>& values, ValuePointer* pointers, ValueFilePtr* file);
  Status append_moved(std::deque<EncodedValue>& values, ValuePointer* pointer, ValueFilePtr* file);
  Status sync_values();
  /// What of the value files tables point to.
  ValueFileUses value_file_uses() const;

  /// In jobs.cpp and maintenance.cpp: an error text of background work; OK when there is none.
  Status background_status() const;
  bool is_read_only() const { return is_read_only_; }
  int64_t setting(OptionId id) const { return settings_.get(id); }
  /// What tells the meaning of entries.
  const ReadRules& read_rules() const { return rules_; }

 private:
  friend class Tree;
  friend class PropertyReader;
  Db(std::string path, const Options& options, MemoryPlan plan, const Environment& environment);

  // recovery.cpp
  Status recover(bool exists);
  Result<VersionPtr> with_open_tables(const Version& version, const Tree& tree);
  Status check_tables(const Version& version);
  Status open_trees(ManifestState* state);
  Status replay_batch(BatchReader& batch, const LogPlace& place, const ManifestState& state, bool* is_full);
  Status hold_value_of(const BatchReader::Operation& operation, Memtable& memtable);

  // replayed_values.cpp
  Result<Tree*> tree_of_logged(uint32_t keyspace, uint64_t log_number, const ManifestState& state);
  Status check_logged_values(BatchReader batch, const LogPlace& place, const ManifestState& state);
  void hold_replayed(const ValueFilePtr& file);

  // value_log.cpp
  void begin_values();
  void note_value_threshold(int64_t threshold) noexcept;
  void sync_many_values();
  Status close_values();
  double reclaim_ratio() const;
  std::set<uint64_t> choose_dying_files() const;
  void look_for_dead_values();
  std::set<uint64_t> dying_value_files() const;
  Status wait_until_let_go(const std::vector<uint64_t>& files, const TaskControl& control);
  void remove_obsolete_files() noexcept;
  Status replay_read_only(const ManifestState& state);
  Status replay_and_begin(ManifestState state);
  Status flush_full_trees(ManifestState* state, bool all);
  bool logs_can_stay(const ReplayResult& replayed) const;
  void finish_replay(const ReplayResult& replayed);

  // db.cpp
  Status start(const std::string& path);
  Status start_threads();
  Status close_journals();
  void stop_threads();
  bool has_calls() const;

  // write_path.cpp
  static constexpr size_t kCountedRecordSize = 256 << 10;
  Status write_counted(const CallScope& call, const WriteRequest& request, Timestamp* committed_at);
  Status write_uncounted(const CallScope& call, const WriteRequest& request, Timestamp* committed_at);
  Status write_separated(const CallScope& call, const WriteRequest& request, Timestamp* committed_at);
  Status write_plain(const CallScope& call, const WriteRequest& request, Timestamp* committed_at);
  static void hold_value_files(const WriteRequest& request);
  Status enqueue(Writer& writer);
  Status lead(Writer& leader);
  Status commit_group(Writer& leader, size_t* served);
  void stage_group(Writer& leader, Timestamp timestamp, size_t count);
  Status log_group(const Writer& leader, Timestamp first, size_t* served);
  Status sync_log();

  // write_room.cpp
  bool has_room(const WriteRequest& request);
  static bool may_join(const Writer& leader, const Writer& follower);
  Status make_room(const WriteRequest& request);
  Status make_room_in(Tree& tree, const WriteRequest& request);
  Status wait_a_moment(std::unique_lock<std::mutex>& lock, const WriteRequest& request);

  // memory_limit.cpp
  static uint64_t machine_memory(const Environment& environment);
  void begin_memory();
  void relieve_memory() noexcept;
  void use_plan(const MemoryPlan& plan);  // needs options_mutex_
  void use_shares();
  bool memtables_are_tight() const;
  Status make_memtable_room(const WriteRequest& request);
  std::shared_ptr<Tree> largest_memtable() const;
  Status why_memory_is_short() const;
  size_t job_count_max() const;
  Status set_apart(const WriteRequest& request);
  Status pace(const WriteRequest& request);
  Status why_refused(Tree& tree);
  void charge_followers(const Writer& leader, size_t count);

  // space_room.cpp
  Status set_space_ceiling();
  void note_live_bytes();
  uint64_t memtable_bytes() const;  // needs mutex_
  uint64_t space_taken() const;     // needs mutex_
  bool has_space(const WriteRequest& request);
  bool has_space_for(const CompactionPlan& plan);  // needs mutex_
  bool is_above_ceiling(uint64_t used);            // needs mutex_
  Status wait_for_space(const WriteRequest& request);
  Status reserve_space(const WriteRequest& request, uint64_t bytes, bool leads);
  Status make_space(bool leads);
  Status why_no_space(uint64_t bytes) const;
  Status reserve_for_merge(const CompactionPlan& plan, const TaskControl& control, uint64_t* reserved);
  Status reserve_for_file(uint64_t bytes, uint64_t* reserved);
  bool has_looked_enough(int looks) const;
  SpaceState space_state() const;
  std::string space_usage() const;

  // commit_path.cpp
  size_t check_group(const Writer& leader, size_t collected, Status* status);
  Status check_commit(const Writer& leader, const Writer& writer);
  Status check_prepared(const WriteRequest& request) const;
  void note_recent_writes(const Writer& leader, size_t count);
  Status write_locked(const CallScope& call, const WriteRequest& request, Timestamp* committed_at);

  Status wait_until_writable(const Tree& tree, const WriteRequest& request);
  static Status why_paused();
  Status open_memtable(Tree& tree);
  Status switch_memtables(std::span<Tree* const> trees, const Tree* writing);
  void seal(Tree& tree, Tree::MemtableSlot next);
  Status release_old_logs();
  void watch_log_size();
  Status commit_to_several(Writer& leader, size_t* served);
  static void note_ranges(const WriteRequest& request);
  void count_kinds(const KindCounts& counts);
  void count_group(const Writer& leader, size_t served, uint64_t entry_count, uint64_t bytes);
  Status check_writable() const;
  Status run_special(const Writer& writer);
  void degrade(const Status& cause);
  void degrade_if_final();
  Status rotate_log();
  Status mark_log();

  // history.cpp
  bool keeps_history() const;
  Status too_old(const std::string& what) const;
  uint64_t history_begins_us() const;
  std::vector<Timestamp> moments_to_keep();
  Timestamp seen_by_all() const;
  std::optional<Timestamp> history_kept_by(const std::vector<Timestamp>& moments) const;
  void keep_time();
  void keep_last_time() noexcept;
  Status write_time(const Timeline::Mark& mark, bool no_wait);
  Status remove_times(const std::vector<Timeline::Mark>& marks, SyncChoice sync);
  Status forget_history();
  Status load_history();

  // prepare.cpp
  Status load_prepared();
  Status copy_prepared(Bytes record, WriteBatch* batch, std::vector<std::shared_ptr<Tree>>* trees) const;

  // ingest.cpp
  FileSystem& outside_files() const;

  // keyspaces.cpp
  Status check_name(std::string_view name) const;
  Result<std::shared_ptr<Tree>> make_keyspace(std::string_view name, std::string overrides);
  std::shared_ptr<Tree> find_system_keyspace() const;
  Status lead_change(const std::function<Status()>& change);
  Status sync_earlier_commits();
  Status apply_led(Tree& tree, VersionEdit edit);
  Status drop_led(Tree& tree);
  void bury_dropped_trees();
  Status load_all_settings();

  // background.cpp
  void schedule() noexcept;                                     // needs mutex_
  void schedule_flushes();                                      // needs mutex_
  bool start_compaction(Tree& tree, CompactionPlan plan);       // needs mutex_
  std::optional<CompactionPlan> pick_compaction(Tree** owner);  // needs mutex_
  std::optional<CompactionPlan> pick_at_rest(Tree** owner);     // needs mutex_
  bool is_idle() const;                                         // needs mutex_
  void housekeep();
  void do_chores();
  uint64_t next_housekeeping_us() const;
  void watch_for_rest(uint64_t now_us);
  void look_for_expired(uint64_t now_us);
  void look_for_expired_in(uint64_t delay_us);
  // rest.cpp
  void flush_deletes();
  void look_at_held_back() noexcept;
  bool has_deletes_in_memory() const;  // needs mutex_
  void look_for_expired_soon();
  void wake_housekeeper();
  void finish_job(const char* what, const Status& status) noexcept;
  static constexpr uint64_t kRetryDelayMinMicros = 50'000;
  static constexpr uint64_t kRetryDelayMaxMicros = 500'000;
  static constexpr uint64_t kExpiryLookMinMicros = 1'000'000;
  static constexpr uint64_t kExpiryLookMaxMicros = 60'000'000;

  // jobs.cpp
  Status apply_edit(VersionEdit edit, uint64_t* flush_count = nullptr);
  uint64_t oldest_needed_log(const Tree& flushed, uint64_t next_log) const;
  void count_merged(const MergeResult& result);
  void remove_orphans() noexcept;
  void remove_outputs(const std::vector<uint64_t>& numbers) noexcept;
  void throttle(uint64_t bytes, double share);
  uint64_t remove_old_logs();
  Status check_control(const TaskControl& control, uint64_t done, uint64_t total) const;

  // maintenance.cpp
  /// Seals the memtables of trees that the caller keeps.
  Status rotate_memtables(const std::vector<std::shared_ptr<Tree>>& trees);
  std::vector<std::shared_ptr<Tree>> all_trees() const;
  Status wait_for_change(std::unique_lock<std::mutex>& lock, const TaskControl& control);
  Status verify_journals(const TaskControl& control);

  // Constant after construction.
  const std::string path_;
  const Environment environment_;
  ReadRules rules_;  // constant when there are readers
  const bool is_read_only_;
  const uint64_t fork_generation_;
  DatabaseId database_id_{};
  EventLog log_;

  // Synchronise themselves.
  mutable Settings settings_;
  Statistics statistics_;
  JobLog job_log_;
  mutable ReadCounters read_counters_;
  RateLimiter background_rate_;
  RateLimiter write_rate_;
  std::unique_ptr<LatchedDirectory> directory_;
  MeasuredDirectory* measured_ = nullptr;  // below directory_
  SpaceCeiling space_;
  SideDirectories sides_;
  std::unique_ptr<DescriptorCache> descriptors_;
  std::unique_ptr<FrameCache> cache_;
  std::unique_ptr<ValueStore> values_;
  std::unique_ptr<TableStore> tables_;
  std::unique_ptr<TreeState> manifest_;
  ValueLogState value_log_;
  std::unique_ptr<WriteAheadLog> wal_;
  std::atomic<Timestamp> visible_{0};  // newest commit that readers see
  SnapshotList snapshots_{visible_};
  std::atomic<bool> is_closed_{false};
  bool is_started_ = false;  // open succeeded: there is something to close
  std::unique_ptr<WorkerPool> workers_;

  LockTable locks_{*environment_.clock};
  RecentWrites recent_writes_;
  PreparedTransactions prepared_;
  Timeline timeline_;
  std::atomic<Timestamp> history_horizon_{0};  // older states may have lost versions
  Timestamp history_min_ = 0;                  // the same as the manifest said when it was opened
  uint64_t time_due_us_ = 0;                   // housekeeper only
  std::mutex time_mutex_;                      // held while a time is noted
  Timestamp time_noted_at_ = 0;                // guarded by time_mutex_; the newest commit then
  uint64_t times_forgotten_at_us_ = 0;         // guarded by time_mutex_
  std::atomic<uint64_t> transaction_count_{0};
  WriteQueue queue_{*environment_.clock};  // its lock is taken before mutex_
  WriteCounters write_counters_;
  Timestamp last_timestamp_ = 0;  // leader only
  uint64_t owed_delay_us_ = 0;    // leader only
  double space_pressure_ = 0;     // leader only; 0: far from the ceiling, 1: writers are about to wait
  std::atomic<uint64_t> mark_due_us_{0};  // when mark_log() is due; 0: not at all
  std::atomic<bool> wants_spare_log_{false};
  // When the housekeeper looks for what has expired; UINT64_MAX: nothing will.
  std::atomic<uint64_t> expiry_look_us_{0};

  // The state of memtables, jobs and failures.
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // with mutex_: a job ended, a state was installed, a failure was noted
  TreeList writing_{TreeListId::kWriting};  // guarded by mutex_, as are the next ones
  TreeList sealed_{TreeListId::kSealed};
  TreeList due_{TreeListId::kDue};
  TreeList resting_{TreeListId::kResting};
  TreeList uninstalled_{TreeListId::kUninstalled};
  bool is_coming_down_ = false;  // guarded by mutex_; files were above the ceiling, see is_above_ceiling()
  uint64_t space_least_needed_ = 0;   // guarded by mutex_; by the merges that do not fit below the ceiling
  uint32_t flushes_running_ = 0;      // guarded by mutex_
  uint32_t compactions_running_ = 0;  // guarded by mutex_
  std::atomic<uint32_t> settling_count_{0};   // callers that wait for all background work
  std::atomic<bool> is_resting_{false};       // nobody has written for a while
  uint32_t pause_count_ = 0;                  // guarded by mutex_
  std::atomic<bool> holds_back_{false};       // snapshots keep deletes that are worth a compaction
  std::atomic<bool> has_dead_ground_{false};  // memtables with deletes are to be flushed for a scan
  uint32_t compaction_threads_ = 1;           // constant after start
  ReadWatch read_watch_;                      // guarded by mutex_, but for what it tells
  bool is_closing_ = false;                   // guarded by mutex_
  Status failure_;                            // guarded by mutex_; final: writes are refused
  std::atomic<bool> is_degraded_{false};
  Status job_failure_;  // guarded by mutex_; of the last job; cleared by a success, or when nothing is due
  uint64_t job_failure_count_ = 0;  // guarded by mutex_
  uint64_t retry_at_us_ = 0;        // guarded by mutex_; jobs rest until then after a failure
  uint64_t retry_delay_us_ = 0;     // guarded by mutex_

  Housekeeping housekeeping_;

  mutable std::mutex options_mutex_;
  Options options_;             // guarded by options_mutex_; as they were given
  Options effective_options_;   // guarded by options_mutex_; with the sizes that follow from memory.limit
  MemoryShares memory_shares_;  // guarded by options_mutex_
  std::atomic<uint64_t> memtable_bytes_max_{UINT64_MAX};
  const std::shared_ptr<MemoryBudget> memory_;
  MemoryCharge log_memory_{MemoryAccount(memory_, MemoryCategory::kLogs)};  // of the buffers of logs

  const std::shared_ptr<BlockPool> memtable_blocks_;  // memtables pass their memory on

  const std::shared_ptr<Tree> default_tree_;

  // The keyspaces.
  std::mutex change_mutex_;  // held while one is made, renamed or dropped, or its options change
  mutable std::mutex keyspaces_mutex_;
  std::map<uint32_t, std::shared_ptr<Tree>> trees_;                  // guarded by keyspaces_mutex_
  std::map<std::string, std::shared_ptr<Tree>, std::less<>> names_;  // guarded by keyspaces_mutex_
  std::vector<std::shared_ptr<Tree>> dropped_;  // guarded by keyspaces_mutex_; somebody may still use them
  std::mutex flush_edit_mutex_;  // held while a flush finds out which logs are needed and says so

  std::atomic<uint64_t> log_bytes_next_{UINT64_MAX};  // when the log has grown to this, release_old_logs()

  std::mutex close_mutex_;
  Status close_status_;  // guarded by close_mutex_
};

}  // namespace wombat
