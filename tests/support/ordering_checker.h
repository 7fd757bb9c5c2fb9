/// Watches the calls on database directories and notes every breach of the order that makes crashes harmless.
/// Add it to a FaultFileSystem before the database is opened; after the run violations() must be empty. It
/// finds bugs without a crash, so every test that has a FaultFileSystem anyway should use it.
///
/// Rules (files are recognised by their endings; a file that was there before the checker counts as written,
/// synced and sealed):
///   a1  CURRENT.tmp is synced after its last write before it is renamed to CURRENT.
///   a2  The newest manifest is synced, and its name too, before CURRENT is renamed to point at it.
///   a3  After that rename the directory is synced before any file is removed.
///   b   When a manifest is synced, every finished table (closed by its writer, no call on it failed) has
///   been
///       synced after its last write, and so has its name. Tables whose writer was destroyed without close()
///       are discarded ones and exempt.
///   c   Nothing is written to or synced after close; no name is created twice except CURRENT.tmp and LOCK.
///   d   No write and no second sync after a failed sync of the same file.
///   e   After a manifest was written to, tables and logs from before are removed only when it has been
///   synced too: a
///       table since its creation, a log since it was sealed (a log always needs such a sync). A manifest is
///       removed only when CURRENT durably points at another one. Exempt: discarded tables, logs that hold no
///       more than a file header. When a manifest sync fails its edit may be durable all the same.
/// When CURRENT itself is removed, or gets another name, the database is being destroyed, and a3 and e rest.
///
/// Several checkers may watch one file system. After a crash the clone needs a new one.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "support/file_call.h"

namespace wombat {

class OrderingChecker : public CallObserver {
 public:
  struct Options {
    /// Several background jobs finish tables at the same time: one job may sync the manifest between another
    /// job's close of a table and its directory sync. Then b asks only for the sync of the table itself, and
    /// e does not mind edits of others that are written but not yet synced. And while one job renames CURRENT
    /// another may remove what an earlier, synced edit made superfluous, since both manifests agree on that: a3
    /// asks only for manifests.
    bool has_concurrent_jobs = false;
    /// Directories that hold files of a database in another one, which is named.
    std::map<std::string, std::string> homes{};
  };

  OrderingChecker() = default;
  explicit OrderingChecker(Options options) : options_(options) {}

  void after_call(const FileCall& call, const Status& status) override;

  /// "rule: what happened", in order, at most kViolationCountMax of them.
  std::vector<std::string> violations() const;
  static constexpr size_t kViolationCountMax = 100;

 private:
  struct File {
    bool is_open = false;     // by its writer
    bool is_closed = false;   // by a call of close(), not by a destructor
    bool has_failed = false;  // a call on it failed
    bool is_dirty = false;    // written since its last sync
    bool was_synced = false;
    bool sync_failed = false;
    bool has_durable_name = false;
    bool predates_checker = false;
    std::string directory;
    uint64_t size = 0;
    uint64_t manifest_syncs_before = 0;     // how many had succeeded when it was created, for logs: sealed
    uint64_t manifest_attempts_before = 0;  // writes to manifests and syncs of them, failed ones included
  };
  struct Database {
    std::map<std::string, File> files;
    std::set<std::string> names_ever;
    uint64_t manifest_syncs = 0;
    uint64_t manifest_attempts = 0;
    bool rename_is_unsynced = false;  // CURRENT was renamed, the directory not synced since
    bool current_is_known = false;    // a rename of CURRENT was seen and made durable
    std::string newest_manifest;
    std::string renamed_to_manifest;        // what the last rename made CURRENT point at
    std::set<std::string> current_targets;  // manifests at which CURRENT may point after a crash
    bool is_being_destroyed = false;
  };

  void create(Database* database, const FileCall& call, const Status& status);
  void write(Database* database, const FileCall& call, const Status& status);
  void sync(Database* database, const FileCall& call, const Status& status);
  void close(Database* database, const FileCall& call, const Status& status);
  void rename(Database* database, const FileCall& call, const Status& status);
  void remove(Database* database, const FileCall& call, const Status& status);
  void sync_directory(Database* database, const FileCall& call, const Status& status);
  const std::string& home_of(const std::string& directory) const;
  void check_tables(const Database& database, const FileCall& call);
  void check_removal(const Database& database, const File& file, const FileCall& call);
  void violation(const char* rule, const FileCall& call, const std::string& what);
  /// The file that a call names; unknown ones predate the checker.
  File& find(Database* database, const FileCall& call);

  Options options_;
  mutable std::mutex mutex_;
  std::map<std::string, Database> databases_;  // by path
  std::vector<std::string> violations_;
};

}  // namespace wombat
