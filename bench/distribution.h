/// Which entry comes next: the orders and skews of db_bench and YCSB.
#pragma once

#include <cstdint>
#include <vector>

#include "bench_random.h"

namespace wombat::bench {

/// Zipf-distributed ranks in [0, count): rank 0 is drawn most often. The method of Gray et al., "Quickly
/// Generating Billion-Record Synthetic Databases" (1994), which YCSB uses too.
class Zipfian {
 public:
  /// Takes time linear in `count`.
  explicit Zipfian(uint64_t count, double theta = 0.99);
  uint64_t next(BenchRandom& random) const;
  uint64_t count() const { return count_; }

 private:
  uint64_t count_;
  double theta_;
  double zeta_count_ = 0;
  double zeta_two_ = 0;
  double alpha_ = 0;
  double eta_ = 0;
};

/// A Zipf rank spread over all entries, so that popular entries are not neighbours (YCSB's "scrambled
/// zipfian").
inline uint64_t scrambled(uint64_t rank, uint64_t count) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(mix64(rank + 1)) * count) >> 64);
}

/// All of [0, count) in random order.
std::vector<uint64_t> shuffled(uint64_t count, BenchRandom& random);

}  // namespace wombat::bench
