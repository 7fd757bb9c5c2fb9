/// One keyspace of a database: recent writes, the tables below them, and the jobs that turn the one into the other.
/// What all keyspaces share (directory, log, queue of writers, timestamps, manifest, cache, threads) is in its Db.
///
/// Paths: read_path.cpp and group_get.cpp (point reads), background.cpp (what readers see, what is due), jobs.cpp
/// (flush, compaction), maintenance.cpp (long calls). Commits are led by the Db (write_path.cpp), which puts entries
/// into the trees.
///
/// Any thread. A tree belongs to its Db and ends before it.
#pragma once

#include <array>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/epoch.h"
#include "compaction/compaction_plan.h"
#include "compaction/merge_job.h"
#include "db/found_value.h"
#include "db/job_log.h"
#include "db/level_compression.h"
#include "db/options.h"
#include "db/read_state.h"
#include "db/settings.h"
#include "db/tree_list.h"
#include "env/fork_guard.h"
#include "table/frame_cache.h"
#include "version/version_edit.h"

namespace wombat {

class Db;
class DbIterator;
struct Ingestion;
struct IteratorSettings;

/// How a long call is watched and stopped.
struct TaskControl {
  Deadline deadline;
  std::shared_ptr<CancelToken> cancel;                          // may be null
  std::function<bool(uint64_t done, uint64_t total)> progress;  // false: cancel; may be empty
};

class Tree : public std::enable_shared_from_this<Tree> {
 public:
  /// `overrides`: options that differ from those of the database, as text; see keyspace_options.h.
  Tree(Db& db, uint32_t id, std::string name, const Options& options, std::string overrides);
  ~Tree();
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;

  Db& db() const { return db_; }
  uint32_t id() const { return id_; }
  std::string name() const;
  /// Options that the keyspace has its own values of, as text; see keyspace_options.h.
  std::string own_options() const;
  bool is_default() const { return id_ == kDefaultKeyspace; }
  /// Dropped, closed, or the process was forked since open: nothing may be used. why_shut() says which.
  bool is_shut() const { return noticed_fork_generation() != gate_.load(std::memory_order_seq_cst); }
  Status why_shut() const;
  bool is_dropped() const { return is_dropped_.load(std::memory_order_acquire); }
  int64_t setting(OptionId id) const { return settings_.get(id); }
  std::string option_text(OptionId id) const;
  /// Of values in value files; null: none.
  const Codec* value_codec() const;
  CompactionStyle style() const { return static_cast<CompactionStyle>(setting(OptionId::kCompactionStyle)); }
  bool is_system_keyspace() const;

  /// Calls that do more than read hold one: Db::close() waits for them. (Point reads are covered by the epoch,
  /// iterators by their references.)
  class CallScope {
   public:
    explicit CallScope(Tree& tree) : tree_(tree) { tree_.calls_.fetch_add(1); }
    ~CallScope() { tree_.calls_.fetch_sub(1); }
    CallScope(const CallScope&) = delete;
    CallScope& operator=(const CallScope&) = delete;
    /// kClosed when close() has begun, kDropped when the keyspace is gone.
    Status check() const { return tree_.is_shut() ? tree_.why_shut() : Status::ok(); }

   private:
    Tree& tree_;
  };

  // Reading (read_path.cpp). The caller holds a guard of process_epochs().
  /// Load this before the timestamp to read at, see read_state.h.
  ReadState& read_state(const EpochGuard&) { return *state_.load(std::memory_order_seq_cst); }
  /// `*found` false: absent.
  Status get_at(const EpochGuard& guard, ReadState& state, Bytes key, Timestamp at, bool fill_cache,
                FoundValue* value, bool* found) {
    if (state.tables_have_ranges || has_ranges_.load(std::memory_order_relaxed)) [[unlikely]]
      return get_under_ranges(guard, state, key, at, fill_cache, value, found);
    WOMBAT_TRY(find_entry(guard, state, key, at, fill_cache, value, found));
    if (tag_kind(value->tag) <= Kind::kPut) [[likely]]
      return Status::ok();
    return answer_other(guard, state, key, at, fill_cache, value, found);
  }
  /// get_at() of up to kLookupGroupMax keys, whose cache misses overlap (group_get.cpp). Fails, with some of the
  /// lookups unanswered, when `deadline` has passed; a failure of one key is in its lookup.
  Status get_group(const EpochGuard& guard, ReadState& state, Timestamp at, bool fill_cache,
                   const Deadline& deadline, Lookup* lookups, size_t count);
  Result<std::unique_ptr<DbIterator>> new_iterator(const IteratorSettings& settings);

  // Maintenance (maintenance.cpp)
  Status flush(const TaskControl& control);
  /// Begins with a sync: all that was committed before the call, to whatever keyspace, is durable when it returns.
  Status compact_range(const Bytes* lower, const Bytes* upper, const TaskControl& control);
  Status wait_for_background(const TaskControl& control);
  Status verify(const TaskControl& control);
  /// A scan has stepped over many entries between these keys, both included, that nobody sees. Any thread.
  void note_dead_ground(std::string lower, std::string upper);
  uint64_t approximate_size(const Bytes* lower, const Bytes* upper);

  /// Takes in tables that were made outside (db/external_table.h), all of them in one commit (ingest.cpp).
  Status ingest(const std::vector<std::string>& paths, bool removes_files, const TaskControl& control);
  /// The last commit that took tables in; 0: none since the database was opened.
  Timestamp ingested_at() const { return ingested_at_.load(std::memory_order_acquire); }

  // Watching (properties.cpp)
  Result<std::string> property(std::string_view name);

 private:
  friend class Db;
  friend class PropertyReader;
  friend class TreeList;

  struct MemtableSlot {
    MemtablePtr memtable;
    uint64_t first_log = 0;  // oldest log that holds entries of it
    uint64_t born_us = 0;
    uint64_t born_log_bytes = 0;  // WriteAheadLog::logged_bytes() when it began
    uint64_t value_bytes = 0;  // in value files, of commits that are in it; the leader of the writers alone
    uint64_t number = 0;       // of a sealed one: they are counted
  };
  /// The newest version, and how many of the sealed memtables are in it. They belong together: who saw a memtable beside
  /// a table with the same entries would apply its merges twice.
  struct Newest {
    VersionPtr version;
    uint64_t flush_count = 0;
    bool holds(const MemtableSlot& sealed) const { return sealed.number <= flush_count; }
  };
  Newest newest() const;

  /// Readers may not see it yet.
  VersionPtr newest_version() const;

  // tree.cpp: the end.
  void give_up_state() noexcept;
  void give_up_memtables() noexcept;

  // read_path.cpp
  /// The newest visible entry where there are no range deletes. `*found`: it is a put.
  Status find_entry(const EpochGuard& guard, ReadState& state, Bytes key, Timestamp at, bool fill_cache,
                    FoundValue* value, bool* found);
  /// What the entry found comes to that is neither put nor delete.
  Status answer_other(const EpochGuard& guard, ReadState& state, Bytes key, Timestamp at, bool fill_cache,
                      FoundValue* value, bool* found);
  Status get_under_ranges(const EpochGuard& guard, ReadState& state, Bytes key, Timestamp at, bool fill_cache,
                          FoundValue* value, bool* found);

  /// From now on every call is refused.
  void shut() noexcept { gate_.store(kShut, std::memory_order_seq_cst); }
  Status load_settings(const Options& options);  // needs Db::options_mutex_
  /// Nobody else refers to it, and nobody is inside.
  bool is_abandoned() const;

  // write_room.cpp, for the leader
  /// True when a commit may go on at once: the usual case, decided without a lock.
  bool has_room() const;
  bool is_memtable_full() const;
  bool has_entries() const { return active_.memtable != nullptr && !active_.memtable->empty(); }

  // recovery.cpp
  /// `starts_small`: for a tree that may not write much.
  Result<MemtablePtr> new_memtable(bool starts_small);
  Status begin_memtable();
  Status flush_replayed(uint64_t run_id, ManifestState* state);

  // background.cpp
  /// Needs Db::mutex_. Throws std::bad_alloc; installing what was made cannot fail.
  ReadState* make_state(const MemtablePtr& active, const std::deque<MemtableSlot>& sealed) const {
    return make_state(active, sealed, newest());
  }
  static ReadState* make_state(const MemtablePtr& active, const std::deque<MemtableSlot>& sealed,
                               Newest newest);
  void install_state(ReadState* state) noexcept;    // needs Db::mutex_
  Status install_tree() noexcept;                   // needs Db::mutex_
  std::optional<CompactionPlan> pick_compaction();  // needs Db::mutex_
  std::optional<CompactionPlan> fit_into_space(std::optional<CompactionPlan> wanted, const Version& version,
                                               const CompactionOptions& options);  // needs Db::mutex_
  void note_held_back(const Version& version, const CompactionOptions& options);   // needs Db::mutex_
  bool may_drop();                                                                 // needs Db::mutex_
  void note_pressure(const Version& version) noexcept;
  CompactionOptions compaction_options() const;
  void mark_busy(const CompactionPlan& plan);            // needs Db::mutex_
  void clear_busy(const CompactionPlan& plan) noexcept;  // needs Db::mutex_

  // rest.cpp
  bool has_deletes_in_memory() const;  // needs Db::mutex_

  // jobs.cpp, compaction_jobs.cpp
  void run_flush_job(uint64_t number) noexcept;
  Status flush_oldest();
  void run_compaction_job(std::shared_ptr<const CompactionPlan> plan, uint64_t number) noexcept;
  Status compact(const CompactionPlan& plan, const TaskControl* control, uint64_t done, uint64_t total);
  Status move_tables(const CompactionPlan& plan);
  Status drop_tables(const CompactionPlan& plan);
  Status give_rules(MergeJob* job, uint32_t output_level) const;
  size_t part_count_max() const;
  double throttle_share() const;
  void count_merge(const CompactionPlan& plan, const MergeResult& result, uint64_t covered_count,
                   uint64_t part_count, uint64_t duration_us);
  Status merge_tables(const CompactionPlan& plan, const TaskControl* control, uint64_t done, uint64_t total);
  Result<MergeResult> write_tables(MergeJob& job);
  /// `newest_us`: when the newest entry was written; 0: not known.
  Result<MergeJob::Output> open_output(uint32_t level, uint64_t newest_us = 0);
  /// Tables say when their newest entry was written.
  bool notes_times() const { return style() == CompactionStyle::kFifo || setting(OptionId::kColdAge) != 0; }
  ColdRules cold_rules() const;
  void note_place(TableInfo* info) const;
  bool warms_cold_level(const CompactionPlan& plan) const;
  uint64_t table_size_max() const;
  /// What compression tables of a level get.
  Result<LevelCompression> compression_of(uint32_t level) const;
  Result<TableOptions> table_options(uint32_t level) const;
  /// Whether tables that change place would be compressed differently there.
  Result<bool> changes_compression(const CompactionPlan& plan) const;
  Status apply_and_install(VersionEdit edit);
  Status apply_flush(VersionEdit edit, uint64_t next_log);
  Status show_edit();

  // ingest.cpp
  Status prepare_ingestion(const std::vector<std::string>& paths, Ingestion* ingestion,
                           const TaskControl& control);
  Status take_in(const std::string& path, Ingestion* ingestion,
                 const std::function<Status(uint64_t)>& progress);
  void finish_ingestion(const Ingestion& ingestion, bool removes_files) noexcept;
  Status wait_for_level0(const TaskControl& control);
  Status install(Ingestion* ingestion, const TaskControl& control);
  // The same, for the leader of the writers.
  Status install_led(Ingestion* ingestion, const TaskControl* control, uint64_t* waits_for);
  void place(Ingestion* ingestion) const;  // needs Db::mutex_
  Status seal_overlapping(const Ingestion& ingestion, uint64_t* waits_for);
  Status number_run(Ingestion* ingestion);
  Status commit_led(Ingestion* ingestion);
  Status show_ingested();

  // maintenance.cpp
  Status wait_for_flush(uint64_t last_log, const TaskControl& control);
  /// Reads all tables of a state.
  Status verify_tables(const ReadState& state, const TaskControl& control, uint64_t* done, uint64_t total);
  BusyTables compressed_otherwise(uint32_t level) const;
  Status verify_values(OpenTable& table, const TaskControl& control, uint64_t* done, uint64_t total);
  Status run_asked_for(const CompactionPlan& plan, const TaskControl& control, uint64_t done, uint64_t total);
  Status compact_in_little_space(const TaskControl& control);
  Status compact_level(uint32_t level, bool in_place, const Bytes* lower, const Bytes* upper,
                       const TaskControl& control, uint64_t* done, uint64_t total);

  // Constant.
  Db& db_;
  const uint32_t id_;

  // Synchronise themselves.
  static constexpr uint64_t kShut = ~uint64_t{0};  // no fork generation
  std::atomic<uint64_t> gate_;                     // the fork generation of the open, or kShut
  std::atomic<bool> is_dropped_{false};
  std::atomic<ReadState*> state_{nullptr};
  std::atomic<size_t> calls_{0};         // callers inside a CallScope
  std::atomic<bool> has_ranges_{false};  // range deletes have come since the database was opened
  Settings settings_;

  std::atomic<Timestamp> ingested_at_{0};
  LevelTraffics traffics_;
  std::atomic<uint64_t> flushed_bytes_{0};

  bool refuses_writes_ = false;  // leader only; dropped, or perhaps: then why_refused() says more

  std::string name_;       // guarded by Db::keyspaces_mutex_
  std::string overrides_;  // guarded by Db::options_mutex_

  // The state of memtables and jobs, guarded by Db::mutex_.
  MemtableSlot active_;  // changed by the leader of the writers only
  // Oldest first. Some may be in tables already, and go with the next install.
  std::deque<MemtableSlot> sealed_;
  uint64_t sealed_total_ = 0;  // number of the last one
  std::atomic<size_t> sealed_count_{0};
  uint64_t flush_count_ = 0;  // of memtables in tables, oldest first; guarded by TreeState::version_mutex_
  std::atomic<size_t> level0_count_{0};
  std::atomic<size_t> pressing_count_{0};  // see pressing_run_count()
  std::vector<DeadGround> dead_grounds_;   // until nothing is due there any more
  bool is_held_back_ = false;              // deletes that snapshots keep are worth a compaction
  Timestamp drop_due_at_ = 0;  // the newest commit when tables that style fifo drops became due; 0: none are
  bool flush_is_running_ = false;
  uint32_t compactions_running_ = 0;
  BusyTables busy_;
  std::vector<const CompactionPlan*> running_plans_;
  bool takes_tables_ = false;  // no compaction begins meanwhile
  std::array<TreeLink, static_cast<size_t>(TreeListId::kCount)> links_;
};

}  // namespace wombat
