/// Which block may hold a key: a static 16-ary tree of sampled sorted arrays over one signed 64-bit word a
/// block. Level 0 holds all words, each higher level every 16th word of the one below; rank among 16 words is
/// counted with AVX2. Machines without it use a branchless binary search on level 0, which beats a scalar
/// tree there.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "table/aligned_buffer.h"

namespace wombat {

/// The 8 bytes of `key` from `position` on, padded with zeros, as a number that orders as they do when
/// compared signed.
int64_t fence_word(Bytes key, size_t position);

class FenceIndex {
 public:
  FenceIndex() = default;
  /// `words` ascend and are not empty.
  explicit FenceIndex(const std::vector<int64_t>& words);

  /// Last index whose word is <= `word`; 0 when there is none.
  size_t find(int64_t word) const {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return find_tree_avx2(word);
#endif
    return find_binary(word);
  }
  size_t find_binary(int64_t word) const;
#if defined(__x86_64__)
  size_t find_tree_avx2(int64_t word) const;
#endif

  size_t size() const { return levels_[0].size; }
  /// Index 0 is the smallest number there is, whatever word it was built from: no key ranks before block 0.
  int64_t word(size_t index) const { return levels_[0].words[index]; }
  size_t memory_usage() const { return memory_.size(); }

 private:
  static constexpr size_t kFanout = 16;
  static constexpr size_t kLevelsMax = 8;  // 2^32 words

  struct Level {
    const int64_t* words = nullptr;  // padded with the largest number to a multiple of kFanout
    size_t size = 0;
  };

  std::array<Level, kLevelsMax> levels_;
  size_t level_count_ = 0;
  AlignedBuffer memory_;
};

}  // namespace wombat
