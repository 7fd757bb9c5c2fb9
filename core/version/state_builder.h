/// A manifest's state that is being changed edit by edit.
#pragma once

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

  ManifestState state_;
  VersionBuilder tree_;
};

}  // namespace wombat
