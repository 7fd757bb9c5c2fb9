/// The trees of all keyspaces as the manifest knows them. Every change goes through apply(): first durable, then in force.
///
/// A failed manifest is never appended to again. When the disk was full the next change begins a fresh
/// manifest from the state in memory; after any other failure changes are refused until the database is
/// reopened.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "db/open_table.h"
#include "version/manifest.h"

namespace wombat {

class TreeState {
 public:
  TreeState(Directory& directory, TableStore& tables, ManifestState state)
      : directory_(directory),
        tables_(tables),
        state_(std::move(state)),
        next_file_number_(state_.next_file_number) {
    set_versions();
  }

  /// A number that no file has had. Any thread.
  uint64_t new_file_number() { return next_file_number_.fetch_add(1); }

  /// Replaces the state and makes it durable in a fresh manifest: the end of recovery.
  Status begin_with(ManifestState state);
  /// Makes `edit` durable and applies it; tables that it removes, or whose keyspace it drops, are marked obsolete. On
  /// failure nothing has changed; kDropped when the edit is about a keyspace that is gone. `*flush_count`, unless null,
  /// is counted up in the same moment in which version() shows the edit.
  Status apply(VersionEdit edit, uint64_t* flush_count = nullptr);
  /// Tables of edits that failed. A manifest that failed may name them all the same, so they are handed out, to
  /// be removed, only after another manifest has come into force.
  std::vector<uint64_t> take_orphans() noexcept;
  Status close();

  /// Of a keyspace; empty when it is gone.
  VersionPtr version(uint32_t keyspace = kDefaultKeyspace) const;
  /// The same, and `*seen`, what a count that apply() changes was when this version was the newest.
  VersionPtr version(uint32_t keyspace, const uint64_t& flush_count, uint64_t* seen) const;
  /// The id that a keyspace made now would get; nobody may make another meanwhile.
  uint32_t next_keyspace() const;
  /// False after a failed change, until another has succeeded: the file may hold the failed one all the same.
  bool is_certain() const;
  ManifestState copy() const;
  uint32_t incarnation() const { return incarnation_; }
  uint64_t log_number_min() const;
  uint64_t manifest_number() const;
  void set_manifest_size_max(uint64_t bytes) { manifest_size_max_.store(bytes); }
  /// What made the manifest unusable for good; OK while it is not.
  Status failure() const;

 private:
  Status begin_manifest_locked();
  void set_versions();                                    // needs mutex_
  VersionPtr find_version(uint32_t keyspace) const;       // needs version_mutex_
  Status check_keyspaces(const VersionEdit& edit) const;  // needs mutex_

  Directory& directory_;
  TableStore& tables_;
  mutable std::mutex mutex_;  // held while the manifest is written
  ManifestState state_;       // guarded by mutex_
  // For versions and flush counts alone, never held during I/O: callers ask while they hold locks of their own.
  mutable std::mutex version_mutex_;
  VersionPtr version_ = state_.version;
  std::unordered_map<uint32_t, VersionPtr> versions_;  // guarded by version_mutex_; of the other keyspaces
  const VersionPtr empty_version_ =
      std::make_shared<Version>(static_cast<uint32_t>(state_.version->levels.size()));
  std::unique_ptr<Manifest> manifest_;       // guarded by mutex_; null: the next change begins one
  std::vector<uint64_t> orphans_;            // guarded by mutex_; the manifest in force may name them
  std::vector<ValueFilePtr> orphan_values_;  // guarded by mutex_; those that such tables point into
  std::vector<uint64_t> free_orphans_;       // guarded by mutex_; no manifest names them
  uint64_t old_manifest_number_ = 0;         // guarded by mutex_; still to be removed
  uint64_t manifest_size_next_ = 0;          // guarded by mutex_; rewrite when grown to this
  Status failure_;                           // guarded by mutex_
  std::atomic<uint64_t> next_file_number_;
  std::atomic<uint64_t> manifest_size_max_{4 << 20};
  const uint32_t incarnation_ = state_.incarnation;
};

}  // namespace wombat
