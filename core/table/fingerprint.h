/// Finds the rows of a block whose one-byte fingerprint matches, 64 rows at a time.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace wombat {

/// Bit i is set when fingerprints[i] == wanted, for i < 64.
inline uint64_t match_fingerprints_scalar(const char* fingerprints, uint8_t wanted) {
  uint64_t mask = 0;
  for (size_t i = 0; i < 64; ++i) {
    mask |= uint64_t{static_cast<uint8_t>(fingerprints[i]) == wanted} << i;
  }
  return mask;
}

inline uint64_t match_fingerprints(const char* fingerprints, uint8_t wanted) {
#if defined(__SSE2__)
  const __m128i all = _mm_set1_epi8(static_cast<char>(wanted));
  const auto* const from = reinterpret_cast<const __m128i*>(fingerprints);
  uint64_t mask = 0;
  for (size_t i = 0; i < 4; ++i) {
    const int part = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(from + i), all));
    mask |= static_cast<uint64_t>(static_cast<uint32_t>(part)) << (16 * i);
  }
  return mask;
#else
  return match_fingerprints_scalar(fingerprints, wanted);
#endif
}

/// The same for the first `rows` ones, at most 64. Up to 63 bytes behind them are read and ignored.
inline uint64_t match_rows(const char* fingerprints, size_t rows, uint8_t wanted) {
  const uint64_t mask = match_fingerprints(fingerprints, wanted);
  return rows < 64 ? mask & ((uint64_t{1} << rows) - 1) : mask;
}

/// Calls visit(row) for every matching row below `rows` in ascending order until it returns true; returns
/// whether it did. Up to 63 bytes behind the last fingerprint are read and ignored.
template <typename Visit>
inline bool visit_fingerprint_matches(const char* fingerprints, size_t rows, uint8_t wanted, Visit visit) {
  for (size_t base = 0; base < rows; base += 64) {
    for (uint64_t mask = match_rows(fingerprints + base, rows - base, wanted); mask != 0; mask &= mask - 1) {
      if (visit(base + static_cast<size_t>(__builtin_ctzll(mask)))) return true;
    }
  }
  return false;
}

}  // namespace wombat
