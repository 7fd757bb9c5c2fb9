/// Loading by files of builders that the database takes in: what `wombat load --sorted` and `--sort` do.
#pragma once

#include <cstdint>
#include <string>

#include "database.h"
#include "input.h"
#include "record_format.h"

namespace wombat::cli {

struct BulkSettings {
  bool is_sorted = false;                       // the input is: keys ascend, each only once
  std::string temp_dir;                         // empty: beside the database
  uint64_t memory_bytes = uint64_t{512} << 20;  // to sort with
  uint64_t thread_count = 0;                    // 0: one for each processor
};

struct LoadCounts {
  uint64_t records = 0;  // without those that later ones replaced
  uint64_t expired = 0;  // that were left out
  uint64_t bytes = 0;
  double seconds = 0;
};

/// Loads everything that `reader` finds in `input`: all of it or, when it throws Failure, nothing. (Of several
/// keyspaces some may have been loaded.)
LoadCounts bulk_load(const Database& db, Input& input, RecordReader& reader, const BulkSettings& bulk,
                     const Settings& settings);

/// Microseconds since 1970.
uint64_t wall_us();

}  // namespace wombat::cli
