/// Records that are made up, the same for the same number, so that what was written can be checked later.
#pragma once

#include <cstdint>
#include <string>

namespace wombat::cli {

/// Splits numbers well: a bijection of 64-bit words.
constexpr uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// `prefix` and sixteen decimal digits.
inline void make_key(const std::string& prefix, uint64_t number, std::string* key) {
  char digits[16];
  for (int i = 15; i >= 0; --i) {
    digits[i] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  key->assign(prefix);
  key->append(digits, sizeof digits);
}

/// `size` letters and digits that depend on `seed` and `number` alone.
inline void make_value(uint64_t seed, uint64_t number, size_t size, std::string* value) {
  constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  uint64_t state = mixed(seed * 0x9E3779B97F4A7C15u + number + 1);
  uint64_t word = 0;
  value->resize(size);
  for (size_t i = 0; i < size; ++i) {
    if (i % 10 == 0) word = mixed(state += 0x9E3779B97F4A7C15u);
    (*value)[i] = kLetters[word & 63];
    word >>= 6;
  }
}

/// Position `index` of a fixed shuffle of 0 .. count-1: a Feistel network over the next power of four, walked
/// until it hits the range.
inline uint64_t shuffled(uint64_t index, uint64_t count, uint64_t seed) {
  unsigned half_bits = 1;
  while (half_bits < 32 && uint64_t{1} << (2 * half_bits) < count) ++half_bits;
  const uint64_t mask = (uint64_t{1} << half_bits) - 1;
  do {
    uint64_t left = index >> half_bits;
    uint64_t right = index & mask;
    for (uint64_t round = 0; round < 4; ++round) {
      const uint64_t next = left ^ (mixed(right + (seed + round) * 0x9E3779B97F4A7C15u) & mask);
      left = right;
      right = next;
    }
    index = left << half_bits | right;
  } while (index >= count);
  return index;
}

}  // namespace wombat::cli
