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

#endif

}  // namespace wombat
