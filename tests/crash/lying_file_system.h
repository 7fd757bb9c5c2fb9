/// A disk that answers OK and does not do what it says: the defects that the sweeps exist to find. The tests
/// of the sweeps lay it between the database and the simulated disk.
#pragma once

#include <memory>
#include <string>

#include "env/file_system.h"

namespace wombat {

struct Lies {
  bool directory_syncs = false;
  std::string file_syncs{};  // of files whose names end so; empty: none
  std::string appends{};     // every third to such files writes zeros
};

/// `base` is borrowed.
std::unique_ptr<FileSystem> make_lying_file_system(FileSystem* base, Lies lies);

}  // namespace wombat
