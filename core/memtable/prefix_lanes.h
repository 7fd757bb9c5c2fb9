/// Comparing one number with up to 32 numbers at once: the inner loop of the blocked index. Each function has a
/// scalar twin; which one runs is decided by the processor.
#pragma once

#include <cstdint>

namespace wombat {

inline constexpr uint32_t kLaneCount = 32;

/// Bit i says what holds for lane i.
struct LaneMasks {
  uint32_t less;   // lane < number
  uint32_t equal;  // lane == number
};

constexpr uint32_t first_lanes(uint32_t count) {
  return count >= kLaneCount ? ~uint32_t{0} : (uint32_t{1} << count) - 1;
}

LaneMasks compare_lanes_scalar(const uint64_t* lanes, uint32_t count, uint64_t number);
uint32_t equal_lanes_scalar(const uint64_t* lanes, uint32_t count, uint64_t number);
bool sort_lanes_scalar(const uint64_t* lanes, uint32_t count, uint8_t order[kLaneCount]);

// Those below load all lanes, those behind `count` too, and ignore what they find there: the array must have
// kLaneCount of them, and be aligned to 64 bytes.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define WOMBAT_VECTOR_LANES 1
LaneMasks compare_lanes_avx512(const uint64_t* lanes, uint32_t count, uint64_t number);
uint32_t equal_lanes_avx512(const uint64_t* lanes, uint32_t count, uint64_t number);
LaneMasks compare_lanes_avx2(const uint64_t* lanes, uint32_t count, uint64_t number);
uint32_t equal_lanes_avx2(const uint64_t* lanes, uint32_t count, uint64_t number);
bool sort_lanes_avx512(const uint64_t* lanes, uint32_t count, uint8_t order[kLaneCount]);
bool sort_lanes_avx2(const uint64_t* lanes, uint32_t count, uint8_t order[kLaneCount]);
#endif

/// Of the first `count` lanes. A lane behind them may be written meanwhile.
inline LaneMasks compare_lanes(const uint64_t* lanes, uint32_t count, uint64_t number) {
#ifdef WOMBAT_VECTOR_LANES
  if (__builtin_cpu_supports("avx512f")) return compare_lanes_avx512(lanes, count, number);
  if (__builtin_cpu_supports("avx2")) return compare_lanes_avx2(lanes, count, number);
#endif
  return compare_lanes_scalar(lanes, count, number);
}
inline uint32_t equal_lanes(const uint64_t* lanes, uint32_t count, uint64_t number) {
#ifdef WOMBAT_VECTOR_LANES
  if (__builtin_cpu_supports("avx512f")) return equal_lanes_avx512(lanes, count, number);
  if (__builtin_cpu_supports("avx2")) return equal_lanes_avx2(lanes, count, number);
#endif
  return equal_lanes_scalar(lanes, count, number);
}

/// The first `count` lanes in ascending order, by number. False when two of them are equal: `order` means nothing then.
inline bool sort_lanes(const uint64_t* lanes, uint32_t count, uint8_t order[kLaneCount]) {
#ifdef WOMBAT_VECTOR_LANES
  if (__builtin_cpu_supports("avx512f")) return sort_lanes_avx512(lanes, count, order);
  if (__builtin_cpu_supports("avx2")) return sort_lanes_avx2(lanes, count, order);
#endif
  return sort_lanes_scalar(lanes, count, order);
}

}  // namespace wombat
