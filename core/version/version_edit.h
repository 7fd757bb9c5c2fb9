/// A change to the tree and to the counters that must survive, as one manifest record: all of it or nothing.
///
/// Encoding: fields, each a tag u8, a size u32 and that many payload bytes; docs/file_formats.md lists them.
/// A newer version may add fields: a reader skips a tag of 128 and more that it does not know and refuses a
/// lower one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/checksum.h"
#include "base/result.h"
#include "version/side_directory.h"
#include "version/version.h"

namespace wombat {

/// Numbers of files are 1 and up; a greater one than this is damage.
inline constexpr uint64_t kFileNumberMax = (uint64_t{1} << 62) - 1;

/// The keyspace that every database has; it has the name "default", which the manifest does not repeat.
inline constexpr uint32_t kDefaultKeyspace = 0;
inline constexpr uint32_t kKeyspaceIdMax = 0x7FFFFFFF;
inline constexpr size_t kKeyspaceNameSizeMax = 255;
inline constexpr size_t kKeyspaceOptionsSizeMax = 64 * 1024;

struct VersionEdit {
  struct Added {
    uint32_t level = 0;
    uint64_t run_id = 0;
    TableInfo table;
    uint32_t keyspace = kDefaultKeyspace;
  };
  struct Removed {
    uint32_t level = 0;
    uint64_t number = 0;
    uint32_t keyspace = kDefaultKeyspace;
  };
  /// What changes about a keyspace besides its tables.
  struct Keyspace {
    uint32_t id = kDefaultKeyspace;
    std::optional<std::string> created;  // with this name
    std::optional<std::string> renamed;
    std::optional<std::string> options;      // "name=value" lines, in place of those before
    std::optional<uint64_t> log_number_min;  // its entries in logs below this number are in tables
    bool is_dropped = false;                 // with all its tables
  };

  std::vector<Added> added;
  std::vector<Removed> removed;
  /// Present in the first edit of every manifest.
  std::optional<DatabaseId> database_id;
  std::optional<std::string> comparator;  // "bytewise"
  std::optional<uint32_t> level_count;
  std::optional<uint32_t> incarnation;  // how often the database was opened for writing
  /// Every file number below is taken.
  std::optional<uint64_t> next_file_number;
  /// Logs below this number are no longer needed.
  std::optional<uint64_t> log_number_min;
  /// No commit in the tables is later.
  std::optional<Timestamp> last_timestamp;
  /// The tables may lack what was visible before this commit.
  std::optional<Timestamp> history_min;
  /// Logs that exist. Size 0: the log has been created; otherwise it has been sealed and its final size is durable.
  std::vector<std::pair<uint64_t, uint64_t>> sealed_logs;  // number, size
  /// At most one for each keyspace.
  std::vector<Keyspace> keyspaces;
  /// Every keyspace id below is taken.
  std::optional<uint32_t> next_keyspace;
  /// All of them. Only in the first edit of a manifest.
  std::vector<SideDirectory> side_directories;

  void encode(std::string* out) const;
  /// Every field bounds-checked; what cannot be read whole is kCorruption, an unknown field below 128
  /// kFormatVersion. `where` is for messages.
  static Result<VersionEdit> decode(Bytes record, std::string_view where);
  /// For `wombat dump` and messages.
  std::string to_string() const;
};

/// A keyspace besides the default one.
struct KeyspaceState {
  uint32_t id = 0;
  std::string name;
  std::string options;
  uint64_t log_number_min = 0;
  VersionPtr version;
};
using KeyspacePtr = std::shared_ptr<const KeyspaceState>;

/// The state that a sequence of edits leads to.
struct ManifestState {
  DatabaseId database_id{};
  std::string comparator;
  uint32_t incarnation = 0;
  uint64_t next_file_number = 1;
  uint64_t log_number_min = 0;
  Timestamp last_timestamp = 0;
  Timestamp history_min = 0;
  std::vector<std::pair<uint64_t, uint64_t>> sealed_logs;
  VersionPtr version;  // of the default keyspace
  uint64_t default_log_number_min = 0;
  std::vector<KeyspacePtr> keyspaces;  // the others, by id
  uint32_t next_keyspace = 1;
  std::vector<SideDirectory> side_directories;

  /// Null when there is none.
  KeyspacePtr find_keyspace(uint32_t id) const;
};

/// Makes the handle of a table that enters the tree; never nullptr.
using TableHandleFactory = std::function<TablePtr(const TableInfo&)>;

/// Applies `edit`: a new state that shares the handles of the old one. Removing and adding the same table in
/// one edit moves its handle. Counters never go back. The tree gets as many levels as the edit says (as
/// `state` has when it says nothing), or more when deeper ones are in use. kCorruption when a removed table
/// is not there, an added one is already, a moved one has changed, or the resulting version breaks an
/// invariant, or an edit changes a keyspace that does not exist; kUnsupported when the comparator is not "bytewise".
Result<ManifestState> apply_edit(const ManifestState& state, const VersionEdit& edit,
                                 const TableHandleFactory& factory);
/// The one edit that leads from nothing to `state`.
VersionEdit snapshot_edit(const ManifestState& state);

}  // namespace wombat
