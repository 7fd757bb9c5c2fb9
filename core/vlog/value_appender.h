/// Writes values to value files. What is appended is in the operating system's hands when append() returns, and durable
/// after the next sync().
///
/// A file rests while it is synced: what is appended meanwhile goes to another one, so that a sync that fails is the last
/// that happens to its file. When it has succeeded the file is free again. So as many as two files grow: one, until
/// something is appended during a sync, then two that take turns from sync to sync.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "env/file_system.h"
#include "vlog/value_store.h"

namespace wombat {

/// What a sync that failed means: that values which somebody relies on may be lost, so that nothing is written any more;
/// or that files are given up which nothing points to yet (see ValueFile::is_lost()).
enum class SyncFailure { kIsFinal, kLosesFiles };

/// Any thread.
class ValueAppender {
 public:
  /// `new_number` gives a number that no file has had; called with a lock held.
  ValueAppender(ValueStore& store, std::function<uint64_t()> new_number, uint32_t incarnation,
                SyncFailure sync_failure)
      : store_(store),
        new_number_(std::move(new_number)),
        incarnation_(incarnation),
        failure_is_final_(sync_failure == SyncFailure::kIsFinal) {}

  /// Appends all `values`, to one file, which is `*file` then; `pointers` has one for each. A file that has grown to
  /// `file_size_max` is followed by another. On failure nothing points to what may have been written.
  Status append(std::deque<EncodedValue>& values, uint64_t file_size_max, ValuePointer* pointers,
                ValueFilePtr* file);
  /// Makes all that was appended before durable. After a failure what is durable is unknown.
  Status sync();
  /// Bytes that a sync would have to wait for.
  uint64_t unsynced_bytes() const {
    return appended_.load(std::memory_order_acquire) - synced_.load(std::memory_order_acquire);
  }
  /// Nothing more is appended to the files that grow; the next value begins another one.
  void end_file() noexcept;
  /// Syncs, and closes what is open. Nothing is appended afterwards.
  Status close();

 private:
  struct Growing {
    ValueFilePtr file;
    std::unique_ptr<WritableFile> writer;
    bool is_dirty = false;  // guarded by mutex_, then by sync_mutex_; appended to since its last sync
  };
  using GrowingPtr = std::shared_ptr<Growing>;
  Status sync_files(const std::vector<GrowingPtr>& full, bool has_new_name) noexcept;
  void end_rest() noexcept;
  void give_up(const std::vector<GrowingPtr>& full, const Status& cause) noexcept;
  Status next_file(uint64_t file_size_max);   // needs mutex_
  Status begin_file();                        // needs mutex_
  void retire(GrowingPtr& growing) noexcept;  // needs mutex_
  static Status write(WritableFile& writer, const std::deque<EncodedValue>& values, uint64_t size);

  ValueStore& store_;
  const std::function<uint64_t()> new_number_;
  const uint32_t incarnation_;
  const bool failure_is_final_;

  std::mutex sync_mutex_;  // held during a sync; taken before mutex_

  std::mutex mutex_;              // held while values are written
  Status failure_;                // guarded by mutex_; the sync that failed for good
  GrowingPtr growing_;            // guarded by mutex_; appended to; may be null
  GrowingPtr resting_;            // guarded by mutex_; being synced; may be null
  GrowingPtr rested_;             // guarded by mutex_; durable, and the next to be appended to; may be null
  std::vector<GrowingPtr> full_;  // guarded by mutex_; to be synced and closed
  bool has_new_name_ = false;     // guarded by mutex_; a file whose name is not durable yet
  std::atomic<bool> has_full_{false};  // full_ is not empty
  std::atomic<uint64_t> appended_{0};  // bytes
  std::atomic<uint64_t> synced_{0};    // of appended_
};

}  // namespace wombat
