/// What a run of wombat_compare is told.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "key_sequence.h"
#include "store.h"

namespace wombat::bench {

struct MatchConfig {
  uint64_t entry_count = 1'000'000;
  uint64_t read_count = 0;         // 0: one for each entry, at most a million
  uint64_t seek_count = 0;         // 0: a quarter of the reads
  uint64_t sync_count = 0;         // 0: 1000 a thread
  uint64_t transaction_count = 0;  // 0: a quarter of the reads
  uint64_t large_count = 0;        // of 4 KiB; 0: a 25th of the entries
  uint64_t huge_count = 0;         // of 64 KiB; 0: a 250th of the entries
  size_t value_size = 100;
  KeyShape keys;
  unsigned thread_count = 1;
  unsigned rounds = 3;
  unsigned seek_step_count = 10;
  size_t multi_get_size = 32;
  uint32_t sample_every = 32;
  uint64_t seed = 1;
  StoreSettings stores;

  std::vector<std::string> workloads;  // empty: all that run by default
  std::vector<std::string> engines;    // empty: all that take part by default
  std::string directory;
  std::string json_path;
  std::string svg_path;
  int64_t touch_mib = -1;  // below 0: by the size of the data

  uint64_t reads() const { return read_count != 0 ? read_count : std::min<uint64_t>(entry_count, 1'000'000); }
  uint64_t seeks() const { return seek_count != 0 ? seek_count : std::max<uint64_t>(reads() / 4, 1); }
  uint64_t transactions() const {
    return transaction_count != 0 ? transaction_count : std::max<uint64_t>(reads() / 4, 1);
  }
  uint64_t syncs(unsigned threads) const { return sync_count != 0 ? sync_count : uint64_t{1000} * threads; }
  uint64_t large_entries() const {
    return large_count != 0 ? large_count : std::max<uint64_t>(entry_count / 25, 1);
  }
  uint64_t huge_entries() const {
    return huge_count != 0 ? huge_count : std::max<uint64_t>(entry_count / 250, 1);
  }
};

inline constexpr size_t kLargeValueSize = 4096;
inline constexpr size_t kHugeValueSize = 65536;

}  // namespace wombat::bench
