/// Small databases with all that is known about them: what damage is done to.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "db/db.h"
#include "support/fault_file_system.h"
#include "support/model_database.h"
#include "support/sim_file_system.h"

namespace wombat {

inline constexpr char kGoldenPath[] = "/golden";

struct GoldenDatabase {
  using Files = std::map<std::string, std::string>;

  std::string name;
  Options options;
  std::unique_ptr<SimFileSystem> file_system;  // at rest: nothing is open
  Files files;                                 // the same, by name
  std::vector<Files> older;                    // at earlier moments
  std::map<Timestamp, ModelRows> states;       // after each open and commit
  ModelRows later_rows;                        // when everything has expired that does
  const ModelRows& rows() const { return states.rbegin()->second; }
  uint64_t now = 1;               // in ticks (crash/test_clock.h), when it was built
  bool is_sealed = false;         // closed as it should be: the manifest knows where the logs end
  std::vector<std::string> keys;  // all that were ever written, and some that were not
};

/// Where a file of a golden database lies: "side/000005.values" in a directory of its own.
struct GoldenPlace {
  explicit GoldenPlace(const std::string& file);
  std::string directory;
  std::string name;
};

/// The recipes; building one twice gives two databases alike in everything but identity.
size_t golden_recipe_count();
const char* golden_recipe_name(size_t index);
GoldenDatabase build_golden_database(size_t index);

}  // namespace wombat
