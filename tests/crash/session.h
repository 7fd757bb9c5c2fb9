/// A program that uses a database, as the scenarios of the crash and fault tests are written: each call tells
/// the history what it asks for and what it was promised, and checks what it reads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crash/commit_history.h"
#include "crash/test_clock.h"
#include "db/db.h"
#include "support/fault_file_system.h"

namespace wombat {

inline constexpr char kDatabasePath[] = "/database";
inline constexpr char kOutsidePath[] = "/outside";
/// Where scenarios have files of the database besides its own directory.
inline constexpr const char* kSidePaths[] = {"/values", "/cold", "/values2", "/cold2", "/both"};
/// The same for an OrderingChecker.
inline std::map<std::string, std::string> side_homes() {
  std::map<std::string, std::string> homes;
  for (const char* const path : kSidePaths) homes[path] = kDatabasePath;
  return homes;
}

/// Sizes so small that a few kilobytes of writes set everything in motion.
inline constexpr char kTinyOptions[] =
    "memtable.size=16KiB; table.size=4KiB; levels.base_size=64KiB; levels.size_multiplier=2; "
    "compaction.min_compaction_files=2; num_memtables=2; table.block_size=256; manifest.rewrite_size=4KiB; "
    "cache.size=256KiB; compaction.threads=1; checkpoint.interval_s=0; io.max_open_files=8";

/// kTinyOptions, then `more`.
Options tiny_options(const std::string& more = "");

/// All rows at a snapshot (0: the newest state).
Result<ModelRows> read_rows(const std::shared_ptr<Db>& db, Timestamp snapshot = 0);

class Session {
 public:
  enum class Expects {
    kSuccess,  // every failure is one of the database
    kFaults,   // calls may fail, but not lie
  };
  /// All borrowed.
  Session(FaultFileSystem* file_system, CommitHistory* history, TestClock* clock, Expects expects);
  ~Session();

  /// The part of a scenario that is swept begins here; `on_start` is called once.
  void start();
  /// Options of every open, besides those that it names.
  void set_options(const char* options) { options_ = options; }
  void set_on_start(std::function<void()> on_start) { on_start_ = std::move(on_start); }
  /// Called before each attempt to open.
  void set_on_open(std::function<void()> on_open) { on_open_ = std::move(on_open); }

  // What scenarios are made of. While the database is not open, because an open failed, all but open() do
  // nothing.
  void open(const std::string& more_options = "");
  void close();
  void put(const std::string& key, const std::string& value, SyncChoice sync = SyncChoice::kDefault);
  void erase(const std::string& key, SyncChoice sync = SyncChoice::kDefault);
  /// One batch; keys of one lane.
  void write(std::vector<ModelOperation> operations, SyncChoice sync = SyncChoice::kDefault);
  /// `count` puts of "PREFIXnnnn" with values of `value_size` bytes that are never the same twice.
  void fill(const std::string& prefix, int count, size_t value_size, SyncChoice sync = SyncChoice::kDefault);
  /// The same in a transaction.
  void commit(std::vector<ModelOperation> operations, SyncChoice sync = SyncChoice::kDefault);
  /// A transaction with operations_of_prepared(), prepared as "NAME@TICK". Returns that; empty when it failed.
  std::string prepare(const std::string& name);
  /// Nothing is done when there is none of that name.
  void decide(const std::string& prepared, bool commits);
  /// All that there are.
  void decide_all(bool commits);
  /// `count` puts like those of fill(), built outside of the database and taken in as one commit, from two files.
  void ingest(const std::string& prefix, int count, size_t value_size);
  void sync();
  void flush();
  void compact();
  void wait();
  void clean_up_logs();
  void reclaim(uint32_t dead_percent);
  // A key "#NAME/KEY" is KEY of keyspace NAME, see keyspace_rows.h.
  void create_keyspace(const std::string& name, const std::string& options = "");
  void rename_keyspace(const std::string& name, const std::string& new_name);
  void drop_keyspace(const std::string& name);
  /// Time passes and the housekeeper looks what is due.
  void pass_time(uint64_t microseconds);
  /// So does a tick of the wall clock.
  void pass_tick();
  void take_snapshot();
  void check_snapshots();
  void release_snapshots();
  /// All rows, and some by point reads, must be those that were acknowledged.
  void check_reads();
  /// The same of all keys of the default keyspace, read in groups.
  void check_reads_together();
  void destroy();
  /// Each function on a thread of its own; they may write to lanes of their own.
  void run_threads(const std::vector<std::function<void()>>& functions);

  /// The outcome of a write of one row, for who wants to look at it.
  Status try_put(const std::string& key, const std::string& value, SyncChoice sync = SyncChoice::kDefault);

  /// One that was never there before.
  std::string next_value(size_t size);

  Db* db() const { return db_.get(); }
  bool expects_faults() const { return expects_ == Expects::kFaults; }
  CommitHistory& history() { return *history_; }
  const std::vector<std::string>& problems() const { return problems_; }
  void problem(const std::string& text);

 private:
  /// With faults about, nothing is wrong with a failure; but when nothing works any more the scenario may as
  /// well end.
  bool accept(const char* what, const Status& status);
  void change_keyspace(const std::string& name, const std::string* new_name);
  void settle_doubts();
  /// Tells the history how a commit ended.
  void note_outcome(const CommitHistory::Commit& commit, const Status& status, bool is_durable);
  bool is_durable(SyncChoice sync) const;
  Status commit_now(const std::vector<ModelOperation>& operations, SyncChoice sync);
  Status prepare_now(const std::string& name);
  Status build_file(const std::vector<ModelOperation>& puts, const std::string& path);
  Status write_now(std::vector<ModelOperation> operations, SyncChoice sync);
  /// False when the last word about the database has been spoken.
  bool is_usable() const;

  struct HeldSnapshot {
    Timestamp timestamp;
    std::vector<ModelOperation> contents;
    uint64_t taken_at;  // in ticks
  };

  FaultFileSystem* file_system_;
  CommitHistory* history_;
  TestClock* clock_;
  Expects expects_;
  const char* options_ = "";
  std::function<void()> on_start_;
  std::function<void()> on_open_;
  std::shared_ptr<Db> db_;
  std::vector<HeldSnapshot> snapshots_;
  std::atomic<uint64_t> value_count_{0};
  uint64_t file_count_ = 0;  // that were built outside
  std::mutex mutex_;
  std::vector<std::string> problems_;  // guarded by mutex_
};

}  // namespace wombat
