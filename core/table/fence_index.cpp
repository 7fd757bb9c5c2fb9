#include "table/fence_index.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/coding.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace wombat {
namespace {

constexpr int64_t kWordMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kWordMax = std::numeric_limits<int64_t>::max();
constexpr uint64_t kTopBit = uint64_t{1} << 63;

constexpr size_t round_up(size_t count, size_t unit) { return (count + unit - 1) / unit * unit; }

}  // namespace

int64_t fence_word(Bytes key, size_t position) {
  const size_t left = position < key.size() ? key.size() - position : 0;
  uint64_t word = 0;
  if (left >= 8) {
    word = __builtin_bswap64(load_le<uint64_t>(key.data() + position));
  } else if (left > 0 && key.size() >= 8) {
    word = __builtin_bswap64(load_le<uint64_t>(key.data() + key.size() - 8)) << (64 - 8 * left);
  } else {
    for (size_t i = 0; i < left; ++i) {
      word |= uint64_t{static_cast<unsigned char>(key[position + i])} << (56 - 8 * i);
    }
  }
  return static_cast<int64_t>(word ^ kTopBit);
}

FenceIndex::FenceIndex(const std::vector<int64_t>& words) {
  size_t total = 0;
  for (size_t size = words.size();; size = (size + kFanout - 1) / kFanout) {
    WOMBAT_CHECK(level_count_ < kLevelsMax);
    levels_[level_count_++].size = size;
    total += round_up(size, kFanout);
    if (size <= kFanout) break;
  }
  memory_ = AlignedBuffer(total * sizeof(int64_t));
  auto* to = reinterpret_cast<int64_t*>(memory_.data());
  for (size_t level = 0, step = 1; level < level_count_; ++level, step *= kFanout) {
    const size_t size = levels_[level].size;
    levels_[level].words = to;
    for (size_t i = 0; i < size; ++i) to[i] = words[i * step];
    to[0] = kWordMin;
    std::fill(to + size, to + round_up(size, kFanout), kWordMax);
    to += round_up(size, kFanout);
  }
}

size_t FenceIndex::find_binary(int64_t word) const {
  const int64_t* const words = levels_[0].words;
  size_t base = 0;
  for (size_t length = levels_[0].size; length > 1;) {
    const size_t half = length / 2;
    size_t not_above = words[base + half] <= word ? ~size_t{0} : 0;
    asm("" : "+r"(not_above));  // or the compiler makes a branch of it, mispredicted half the time
    base += half & not_above;
    length -= half;
  }
  return base;
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) size_t FenceIndex::find_tree_avx2(int64_t word) const {
  const __m256i wanted = _mm256_set1_epi64x(word);
  size_t index = 0;
  for (size_t level = level_count_; level-- > 0;) {
    const auto* const node = reinterpret_cast<const __m256i*>(levels_[level].words + index * kFanout);
    // Words ascend, so those above `word` are the last ones. Packing to bytes keeps the count of them.
    const __m256i above_0 = _mm256_cmpgt_epi64(_mm256_load_si256(node), wanted);
    const __m256i above_1 = _mm256_cmpgt_epi64(_mm256_load_si256(node + 1), wanted);
    const __m256i above_2 = _mm256_cmpgt_epi64(_mm256_load_si256(node + 2), wanted);
    const __m256i above_3 = _mm256_cmpgt_epi64(_mm256_load_si256(node + 3), wanted);
    const __m256i packed =
        _mm256_packs_epi16(_mm256_packs_epi32(above_0, above_1), _mm256_packs_epi32(above_2, above_3));
    const auto mask = static_cast<uint32_t>(_mm256_movemask_epi8(packed));  // two bits a word
    const size_t rank = kFanout - static_cast<size_t>(__builtin_popcount(mask)) / 2;
    index = std::min(index * kFanout + rank - 1, levels_[level].size - 1);
  }
  return index;
}

#endif

}  // namespace wombat
