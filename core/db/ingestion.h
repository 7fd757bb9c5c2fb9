/// Tables that are about to be taken in: copied into the database's directory, in none of its versions yet.
#pragma once

#include <string>
#include <vector>

#include "compaction/compaction_plan.h"
#include "version/version.h"

namespace wombat {

struct Ingestion {
  struct File {
    std::string path;  // where it came from
    TableInfo info;
    uint32_t level = 0;  // where it goes
  };
  std::vector<File> files;    // by key, none overlaps another
  uint64_t run_id = 0;        // of those that go to level 0
  bool is_submitted = false;  // an edit has named them: the files are its affair

  std::vector<uint64_t> numbers() const {
    std::vector<uint64_t> all;
    for (const File& file : files) all.push_back(file.info.number);
    return all;
  }
  /// Sorts the files. kInvalidArgument when two of them overlap.
  Status arrange();
};

/// The deepest level, from 1 on, that a table with these keys may go to, and 0 when there is none: nothing above overlaps
/// it, nothing there does, nor will the output of a compaction that runs.
uint32_t deepest_free_level(const Version& version, const std::vector<const CompactionPlan*>& running,
                            const TableInfo& info);

}  // namespace wombat
