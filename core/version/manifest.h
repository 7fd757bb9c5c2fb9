/// The manifest: a journal of version edits, and CURRENT, the file that names the manifest in force.
///
/// Replacing a manifest (at every open for writing, and when it has grown): write NNNNNN.manifest with a
/// snapshot edit, sync it, sync the directory, write CURRENT.tmp, sync it, rename it over CURRENT, sync the
/// directory; only then remove the old manifest. CURRENT: file header of kind kCurrent whose file number is
/// the manifest's, nothing else.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "env/file_system.h"
#include "journal/journal_writer.h"
#include "version/version_edit.h"

namespace wombat {

/// True when the directory holds a CURRENT file.
Result<bool> manifest_exists(Directory& directory);

struct RecoveredManifest {
  uint64_t manifest_number = 0;
  ManifestState state;
  uint64_t edit_count = 0;
  uint64_t dropped_bytes = 0;  // torn, never durable tail
  Status may_write;            // see check_may_write; of CURRENT and the manifest
};

/// Reads CURRENT and replays the manifest. The tree gets max(level_count, deepest level in use + 1) levels;
/// `factory` is asked for the tables of the final tree only. Errors: kNotADatabase without a CURRENT (a crash
/// in the first Manifest::create leaves such a directory, with manifests but no other numbered file),
/// kMissingFile when CURRENT is absent though there are logs or tables, or when the manifest is absent,
/// kCorruption, kFormatVersion, kUnsupported (comparator).
Result<RecoveredManifest> recover_manifest(Directory& directory, uint32_t level_count,
                                           const TableHandleFactory& factory);

/// The directories besides this one that hold files of the database, as the manifest in force lists them; without a
/// CURRENT, the one that CURRENT.tmp names. Errors as of recover_manifest.
Result<RecoveredManifest> read_manifest_identity(Directory& directory);

class Manifest {
 public:
  /// Creates manifest `number` holding `state` and makes CURRENT name it. On failure CURRENT still names the
  /// old one, or names a complete new one: no edit may be appended to the old one any more, and neither may
  /// be removed.
  static Result<std::unique_ptr<Manifest>> create(Directory& directory, uint64_t number,
                                                  const ManifestState& state);

  /// Appends and syncs. After a failure the manifest is poisoned: every later append returns the same Status.
  /// An edit that failed may still turn out durable. After std::bad_alloc the edit was not appended, or the
  /// manifest is poisoned. A mark follows each edit, so that damage to the last edit is not taken for a torn
  /// tail.
  Status append(const VersionEdit& edit);
  uint64_t number() const { return number_; }
  uint64_t size() const { return writer_->size(); }
  Status close() { return writer_->close(); }

 private:
  Manifest(uint64_t number, std::unique_ptr<JournalWriter> writer)
      : number_(number), writer_(std::move(writer)) {}
  uint64_t number_;
  std::unique_ptr<JournalWriter> writer_;
};

}  // namespace wombat
