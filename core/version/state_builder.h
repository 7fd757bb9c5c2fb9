/// A manifest's state that is being changed edit by edit. Costs per edit depend on the edit, not on the number of
/// keyspaces and tables.
#pragma once

#include <map>
#include <string>
#include <unordered_set>

#include "version/version_builder.h"
#include "version/version_edit.h"

namespace wombat {

class StateBuilder {
 public:
  /// Starts from `start`; one without a version is empty.
  explicit StateBuilder(const ManifestState& start);

  /// After a failure the builder is of no further use.
  Status apply(const VersionEdit& edit);
  /// As VersionBuilder::build.
  Result<ManifestState> build(uint32_t level_count, const TableHandleFactory& factory);

 private:
  Status apply_identity(const VersionEdit& edit);
  void apply_counters(const VersionEdit& edit);
  Status apply_sealed_logs(const VersionEdit& edit);
  Status apply_keyspaces(const VersionEdit& edit);
  Status apply_keyspace(const VersionEdit::Keyspace& change);
  Status apply_tables(const VersionEdit& edit);

  /// A keyspace that edits have touched.
  struct Touched {
    KeyspaceState state;
    VersionBuilder tree;
  };
  /// Null when there is none.
  Touched* touch(uint32_t id);
  std::unordered_set<std::string>& names();

  ManifestState state_;
  VersionBuilder tree_;
  std::map<uint32_t, Touched> touched_;
  std::unordered_set<uint32_t> dropped_;
  std::unordered_set<std::string> names_;  // of all keyspaces, once has_names_
  bool has_names_ = false;
};

}  // namespace wombat
