/// How much a writer is slowed down when background work is behind: a pure rule. The delay grows from nothing
/// where slowing begins to that of kPacedRateMin just before writers would have to wait, so that they never
/// meet a wall.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace wombat {

struct PacingInput {
  size_t level0_count = 0;
  size_t level0_slow = 0;   // slowing begins here
  size_t level0_stall = 0;  // writers wait here
  size_t memtable_count = 0;
  size_t memtable_count_max = 0;
  double memtable_fill = 0;   // of the active one, 0 to 1
  double space_pressure = 0;  // of space.max_amplification, 0 to 1
};

inline constexpr uint64_t kPacedRateMax = 256 << 20;  // bytes per second where slowing begins
inline constexpr uint64_t kPacedRateMin = 2 << 20;    // and where writers are about to wait

/// The last memtable fills the slower the fuller it is, so that a flush that takes long does not meet a writer who
/// waits for all of it at once.
inline bool is_last_memtable(size_t count, size_t count_max) { return count >= count_max; }

/// The last memtable but one may fill at a reduced rate, unless there are fewer than four.
inline bool memtables_are_scarce(size_t count, size_t count_max) {
  return is_last_memtable(count, count_max) || (count_max >= 4 && count + 1 >= count_max);
}

inline double memtable_pressure(const PacingInput& input) {
  if (!memtables_are_scarce(input.memtable_count, input.memtable_count_max)) return 0;
  constexpr double kScarce = 0.25;
  const double least = input.memtable_count_max >= 4 ? kScarce : 0;
  if (!is_last_memtable(input.memtable_count, input.memtable_count_max)) return least;
  return input.memtable_fill > kScarce ? input.memtable_fill : least;
}

/// Microseconds that a writer of `bytes` owes; callers collect them until sleeping is worth it.
inline uint64_t write_delay_us(const PacingInput& input, uint64_t bytes) {
  double pressure = 0;  // 0: none, 1: about to wait
  if (input.level0_count >= input.level0_slow && input.level0_stall > input.level0_slow) {
    pressure = static_cast<double>(input.level0_count - input.level0_slow + 1) /
               static_cast<double>(input.level0_stall - input.level0_slow);
  }
  pressure = std::max({pressure, memtable_pressure(input), input.space_pressure});
  if (pressure == 0) return 0;
  pressure = std::min(pressure, 1.0);
  // Geometric between the two rates: each step towards the wall costs the same factor.
  double rate = static_cast<double>(kPacedRateMax);
  static_assert(kPacedRateMax / kPacedRateMin == 128);  // seven halvings
  for (int i = 0; i < static_cast<int>(pressure * 7); ++i) rate /= 2;
  return static_cast<uint64_t>(static_cast<double>(bytes) * 1e6 / rate);
}

}  // namespace wombat
