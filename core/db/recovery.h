/// What open finds in a directory and makes ready: the tree, and the writes that are in no table yet.
#pragma once

#include <memory>
#include <vector>

#include "db/log_replay.h"
#include "db/open_table.h"
#include "db/options.h"
#include "db/tree_state.h"

namespace wombat {

/// Decides what an open may do with `directory` before anything in it is touched. `*exists`: there is a
/// database.
Status check_open_options(Directory& directory, const Options& options, bool* exists);

/// Names in the directory that are files of a database.
struct DirectoryListing {
  std::vector<FileName> files;
  bool has_current = false;
  std::vector<std::string> foreign_names;
  uint64_t largest_number = 0;
};
Result<DirectoryListing> list_directory(Directory& directory);

/// Removes the files that `state` does not name: what a crash or an earlier failure left behind. Failures to
/// remove are harmless.
void remove_stray_files(Directory& directory, const ManifestState& state, uint64_t manifest_number,
                        const std::vector<uint64_t>& numbers);

}  // namespace wombat
