/// What a run of wombat_bench is told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "key_sequence.h"

namespace wombat::bench {

struct BenchConfig {
  uint64_t entry_count = 1'000'000;
  uint64_t read_count = 0;  // 0: as many as there are entries
  KeyShape keys;
  size_t value_size = 100;
  unsigned thread_count = 1;
  size_t batch_size = 100;
  size_t multi_get_size = 32;
  unsigned seek_step_count = 10;
  uint64_t seed = 1;
  uint32_t sample_every = 32;

  std::string directory;
  std::string preset = "default";
  std::vector<std::string> options;  // NAME=VALUE
  bool sync = false;
  bool warm = false;
  bool settle = false;
  bool use_existing = false;

  uint64_t reads() const { return read_count == 0 ? entry_count : read_count; }
};

}  // namespace wombat::bench
