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
#include "version/version.h"

namespace wombat {

/// Numbers of files are 1 and up; a greater one than this is damage.
inline constexpr uint64_t kFileNumberMax = (uint64_t{1} << 62) - 1;

struct VersionEdit {
  struct Added {
    uint32_t level = 0;
    uint64_t run_id = 0;
    TableInfo table;
  };
  struct Removed {
    uint32_t level = 0;
    uint64_t number = 0;
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
  /// Logs that exist. Size 0: the log has been created; otherwise it has been sealed and its final size is durable.
  std::vector<std::pair<uint64_t, uint64_t>> sealed_logs;  // number, size

  void encode(std::string* out) const;
  /// Every field bounds-checked; what cannot be read whole is kCorruption, an unknown field below 128
  /// kFormatVersion. `where` is for messages.
  static Result<VersionEdit> decode(Bytes record, std::string_view where);
  /// For `wombat dump` and messages.
  std::string to_string() const;
};

/// The state that a sequence of edits leads to.
struct ManifestState {
  DatabaseId database_id{};
  std::string comparator;
  uint32_t incarnation = 0;
  uint64_t next_file_number = 1;
  uint64_t log_number_min = 0;
  Timestamp last_timestamp = 0;
  std::vector<std::pair<uint64_t, uint64_t>> sealed_logs;
  VersionPtr version;
};

/// Makes the handle of a table that enters the tree; never nullptr.
using TableHandleFactory = std::function<TablePtr(const TableInfo&)>;

/// Applies `edit`: a new state that shares the handles of the old one. Removing and adding the same table in
/// one edit moves its handle. Counters never go back. The tree gets as many levels as the edit says (as
/// `state` has when it says nothing), or more when deeper ones are in use. kCorruption when a removed table
/// is not there, an added one is already, a moved one has changed, or the resulting version breaks an
/// invariant; kUnsupported when the comparator is not "bytewise".
Result<ManifestState> apply_edit(const ManifestState& state, const VersionEdit& edit,
                                 const TableHandleFactory& factory);
/// The one edit that leads from nothing to `state`.
VersionEdit snapshot_edit(const ManifestState& state);

}  // namespace wombat
