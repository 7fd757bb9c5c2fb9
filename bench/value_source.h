/// Values that compress to about half, cut from a buffer that stays in the processor's cache.
#pragma once

#include <cstdint>
#include <string>

#include "bench_random.h"

namespace wombat::bench {

class ValueSource {
 public:
  ValueSource(size_t value_size, uint64_t seed) : value_size_(value_size) {
    BenchRandom random(seed);
    constexpr size_t kPieceSize = 100;
    while (bytes_.size() < kSpan + value_size) {
      const size_t start = bytes_.size();
      for (size_t i = 0; i < kPieceSize / 2; ++i) bytes_.push_back(static_cast<char>(' ' + random.below(95)));
      bytes_.append(bytes_, start, kPieceSize / 2);
    }
  }
  /// Any index; values repeat after a while.
  const char* value(uint64_t index) const { return bytes_.data() + (index * 100) % kSpan; }
  size_t value_size() const { return value_size_; }

 private:
  static constexpr size_t kSpan = 1 << 18;
  size_t value_size_;
  std::string bytes_;
};

}  // namespace wombat::bench
