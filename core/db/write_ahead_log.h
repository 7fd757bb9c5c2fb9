/// The write-ahead log: a chain of journal files, one being written, older ones until their contents are in
/// tables, and one prepared in advance so that changing files costs a writer no I/O beyond one write.
///
/// Rules: a log file is durable, named in the directory and listed in the manifest before its first record.
/// Before anything in a log is acknowledged as durable, all older logs are. A log whose append failed ends at
/// its last good record; the next one says where that is.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/statistics.h"
#include "db/log_record.h"
#include "db/tree_state.h"
#include "journal/journal_writer.h"

namespace wombat {

class WriteAheadLog {
 public:
  WriteAheadLog(Directory& directory, TreeState& tree, const DatabaseId& database_id, Statistics& statistics)
      : directory_(directory), tree_(tree), database_id_(database_id), statistics_(statistics) {}

  /// Called before a log is made durable: what its records point to has to be before them. Any thread.
  void set_sync_before(std::function<Status()> sync_before) { sync_before_ = std::move(sync_before); }

  // For the one thread that leads the writers.

  /// Begins `number` as the first log of this incarnation behind `link`. The file is made durable; the caller
  /// lists it in the manifest.
  Status begin(uint64_t number, const LogLink& link);
  /// Buffers a record given in two parts. Throws std::bad_alloc, after which nothing has changed.
  void add(Bytes head, Bytes body) { active_->add(head, body); }
  /// add() and flush() of a record that is alone.
  Status append(Bytes head, Bytes body);
  /// Hands what was added to the operating system. After a failure the active log accepts nothing more:
  /// rotate().
  Status flush();
  /// flush(), then makes everything so far durable, older logs first. A failure is final: what is durable is
  /// unknown.
  Status sync();
  /// Writes down what is durable, when nothing was added since the last sync. A failure breaks the active log.
  void mark_synced() noexcept {
    active_->mark_synced();
    if (active_->is_broken()) is_broken_ = true;
  }
  /// Goes on in a new log. On failure the old one is still active.
  Status rotate(Timestamp last_timestamp);
  bool is_broken() const { return is_broken_; }
  uint64_t active_size() const { return active_->size(); }

  // For any thread.

  /// Bytes of records appended since open.
  uint64_t logged_bytes() const { return logged_bytes_.load(std::memory_order_relaxed); }
  uint64_t active_number() const { return active_number_.load(); }
  /// Prepares the next file, when there is none. For a background thread.
  Status prepare_spare();
  /// Makes older logs durable and closes them. For a background thread, so that writers need not.
  Status seal_older();
  /// Numbers of logs that are complete and below `number`: their files may be removed once the manifest says
  /// so.
  std::vector<uint64_t> take_files_below(uint64_t number);
  void add_old_file(uint64_t number);
  size_t file_count() const;

  /// Syncs and closes all. Returns number and size of the active log when it is whole, for the manifest.
  Status close(uint64_t* number, uint64_t* size);

 private:
  Status note_flush(uint64_t size_before, Status flushed);
  struct LogFile {
    uint64_t number = 0;
    std::unique_ptr<JournalWriter> writer;
  };
  Status create_file(LogFile* file);
  Status make_file(uint64_t number, LogFile* file);

  Directory& directory_;
  TreeState& tree_;
  const DatabaseId database_id_;
  Statistics& statistics_;
  std::function<Status()> sync_before_ = [] { return Status::ok(); };  // constant after begin()

  LogFile active_file_;              // leader only
  JournalWriter* active_ = nullptr;  // leader only
  bool is_broken_ = false;           // leader only
  std::atomic<uint64_t> active_number_{0};
  std::atomic<uint64_t> logged_bytes_{0};  // stored by the leader only

  std::mutex spare_mutex_;  // held while a file is created
  LogFile spare_;           // guarded by spare_mutex_

  std::mutex seal_mutex_;  // held while older logs are synced; taken before files_mutex_
  Status seal_failure_;    // guarded by seal_mutex_

  mutable std::mutex files_mutex_;  // held for list work only
  std::vector<LogFile> unsealed_;   // guarded by files_mutex_; oldest first; only who seals removes
  std::atomic<size_t> unsealed_count_{0};
  std::vector<uint64_t> old_files_;  // guarded by files_mutex_
};

}  // namespace wombat
