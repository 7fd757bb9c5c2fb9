#include "memtable/prefix_lanes.h"

#ifdef WOMBAT_VECTOR_LANES
#include <immintrin.h>
#endif

namespace wombat {

LaneMasks compare_lanes_scalar(const uint64_t* lanes, uint32_t count, uint64_t number) {
  LaneMasks masks = {0, 0};
  for (uint32_t i = 0; i < count; ++i) {
    masks.less |= uint32_t{lanes[i] < number} << i;
    masks.equal |= uint32_t{lanes[i] == number} << i;
  }
  return masks;
}

uint32_t equal_lanes_scalar(const uint64_t* lanes, uint32_t count, uint64_t number) {
  uint32_t mask = 0;
  for (uint32_t i = 0; i < count; ++i) mask |= uint32_t{lanes[i] == number} << i;
  return mask;
}

bool sort_lanes_scalar(const uint64_t* lanes, uint32_t count, uint8_t order[kLaneCount]) {
  uint32_t taken = 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t rank = 0;
    for (uint32_t j = 0; j < count; ++j) rank += lanes[j] < lanes[i];
    order[rank] = static_cast<uint8_t>(i);
    taken |= uint32_t{1} << rank;
  }
  return taken == first_lanes(count);
}

#ifdef WOMBAT_VECTOR_LANES

__attribute__((target("avx512f"))) LaneMasks compare_lanes_avx512(const uint64_t* lanes, uint32_t count,
                                                                  uint64_t number) {
  const __m512i wanted = _mm512_set1_epi64(static_cast<int64_t>(number));
  LaneMasks masks = {0, 0};
  for (uint32_t i = 0; i < kLaneCount; i += 8) {
    const __m512i eight = _mm512_load_si512(lanes + i);
    masks.less |= uint32_t{_mm512_cmplt_epu64_mask(eight, wanted)} << i;
    masks.equal |= uint32_t{_mm512_cmpeq_epu64_mask(eight, wanted)} << i;
  }
  return {masks.less & first_lanes(count), masks.equal & first_lanes(count)};
}

__attribute__((target("avx512f"))) uint32_t equal_lanes_avx512(const uint64_t* lanes, uint32_t count,
                                                               uint64_t number) {
  const __m512i wanted = _mm512_set1_epi64(static_cast<int64_t>(number));
  uint32_t mask = 0;
  for (uint32_t i = 0; i < kLaneCount; i += 8) {
    mask |= uint32_t{_mm512_cmpeq_epu64_mask(_mm512_load_si512(lanes + i), wanted)} << i;
  }
  return mask & first_lanes(count);
}

namespace {

__attribute__((target("avx2"))) inline uint32_t four_bits(__m256i lanes) {
  return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(lanes)));
}

}  // namespace

__attribute__((target("avx2"))) LaneMasks compare_lanes_avx2(const uint64_t* lanes, uint32_t count,
                                                             uint64_t number) {
  // There is only a signed comparison: flipping the highest bit on both sides makes it an unsigned one.
  const __m256i flip = _mm256_set1_epi64x(INT64_MIN);
  const __m256i wanted = _mm256_xor_si256(_mm256_set1_epi64x(static_cast<int64_t>(number)), flip);
  LaneMasks masks = {0, 0};
  for (uint32_t i = 0; i < kLaneCount; i += 4) {
    const __m256i four =
        _mm256_xor_si256(_mm256_load_si256(reinterpret_cast<const __m256i*>(lanes + i)), flip);
    masks.less |= four_bits(_mm256_cmpgt_epi64(wanted, four)) << i;
    masks.equal |= four_bits(_mm256_cmpeq_epi64(wanted, four)) << i;
  }
  return {masks.less & first_lanes(count), masks.equal & first_lanes(count)};
}

__attribute__((target("avx2"))) uint32_t equal_lanes_avx2(const uint64_t* lanes, uint32_t count,
                                                          uint64_t number) {
  const __m256i wanted = _mm256_set1_epi64x(static_cast<int64_t>(number));
  uint32_t mask = 0;
  for (uint32_t i = 0; i < kLaneCount; i += 4) {
    const __m256i four = _mm256_load_si256(reinterpret_cast<const __m256i*>(lanes + i));
    mask |= four_bits(_mm256_cmpeq_epi64(wanted, four)) << i;
  }
  return mask & first_lanes(count);
}

/// The rank of a lane is the number of lanes below it. Equal lanes have equal ranks, and some other is missing.
__attribute__((target("avx512f,popcnt"))) bool sort_lanes_avx512(const uint64_t* lanes, uint32_t count,
                                                                 uint8_t order[kLaneCount]) {
  const __m512i a = _mm512_load_si512(lanes);
  const __m512i b = _mm512_load_si512(lanes + 8);
  const __m512i c = _mm512_load_si512(lanes + 16);
  const __m512i d = _mm512_load_si512(lanes + 24);
  const uint32_t valid = first_lanes(count);
  uint32_t taken = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const __m512i number = _mm512_set1_epi64(static_cast<int64_t>(lanes[i]));
    const uint32_t less = uint32_t{_mm512_cmplt_epu64_mask(a, number)} |
                          uint32_t{_mm512_cmplt_epu64_mask(b, number)} << 8 |
                          uint32_t{_mm512_cmplt_epu64_mask(c, number)} << 16 |
                          uint32_t{_mm512_cmplt_epu64_mask(d, number)} << 24;
    const auto rank = static_cast<uint32_t>(__builtin_popcount(less & valid));
    order[rank] = static_cast<uint8_t>(i);
    taken |= uint32_t{1} << rank;
  }
  return taken == valid;
}

/// Counts, for sixteen lanes at a time, how many of all lanes are below each.
__attribute__((target("avx2"))) bool sort_lanes_avx2(const uint64_t* lanes, uint32_t count,
                                                     uint8_t order[kLaneCount]) {
  const __m256i flip = _mm256_set1_epi64x(INT64_MIN);
  const auto* const fours = reinterpret_cast<const __m256i*>(lanes);
  uint32_t taken = 0;
  for (uint32_t first = 0; first < count; first += 16) {
    __m256i four[4];
    __m256i rank[4];
    for (uint32_t i = 0; i < 4; ++i) {
      four[i] = _mm256_xor_si256(_mm256_load_si256(fours + first / 4 + i), flip);
      rank[i] = _mm256_setzero_si256();
    }
    for (uint32_t j = 0; j < count; ++j) {
      const __m256i number = _mm256_xor_si256(_mm256_set1_epi64x(static_cast<int64_t>(lanes[j])), flip);
      for (uint32_t i = 0; i < 4; ++i)
        rank[i] = _mm256_sub_epi64(rank[i], _mm256_cmpgt_epi64(four[i], number));  // -1 where it holds
    }
    alignas(32) uint64_t ranks[16];
    for (uint32_t i = 0; i < 4; ++i) _mm256_store_si256(reinterpret_cast<__m256i*>(ranks) + i, rank[i]);
    for (uint32_t i = 0; i < 16 && first + i < count; ++i) {
      order[ranks[i]] = static_cast<uint8_t>(first + i);
      taken |= uint32_t{1} << ranks[i];
    }
  }
  return taken == first_lanes(count);
}

#endif

}  // namespace wombat
