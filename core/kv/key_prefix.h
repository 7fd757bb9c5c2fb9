/// The first eight bytes of a key as a number: most comparisons are decided by one machine word.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

namespace wombat {

/// Big-endian, short keys padded with zero bytes: a smaller prefix means a smaller key; equal prefixes decide
/// nothing.
inline uint64_t key_prefix(Bytes key) {
  uint64_t word = 0;
  if (key.size() >= sizeof word) [[likely]] {
    std::memcpy(&word, key.data(), sizeof word);
  } else if (!key.empty()) {
    std::memcpy(&word, key.data(), key.size());
  }
  if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
  return word;
}

/// Equality that looks at the last bytes first: neighbours in key order differ there.
inline bool keys_equal(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  if (a.size() < sizeof(uint64_t)) return a == b;
  const size_t head = a.size() - sizeof(uint64_t);
  uint64_t tail_a;
  uint64_t tail_b;
  std::memcpy(&tail_a, a.data() + head, sizeof tail_a);
  std::memcpy(&tail_b, b.data() + head, sizeof tail_b);
  if (tail_a != tail_b) return false;
  if (head > sizeof(uint64_t)) return std::memcmp(a.data(), b.data(), head) == 0;
  uint64_t head_a;
  uint64_t head_b;
  std::memcpy(&head_a, a.data(), sizeof head_a);
  std::memcpy(&head_b, b.data(), sizeof head_b);
  return head_a == head_b;
}

}  // namespace wombat
