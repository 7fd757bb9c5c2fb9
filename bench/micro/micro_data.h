/// Keys and entries for the micro benchmarks: 16-byte keys whose number is spread over all of the first eight
/// bytes.
#pragma once

#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"

namespace wombat::micro {

inline constexpr size_t kKeySize = 16;
inline constexpr size_t kValueSize = 100;

/// Entry `i` has number 2 * i; odd numbers are absent keys between two present ones.
inline std::string key_of(uint64_t number) {
  std::string key(kKeySize, '0');
  const uint64_t spread = number * 0x1000003ull;
  for (size_t i = 0; i < 8; ++i) key[i] = static_cast<char>(spread >> (56 - 8 * i));
  return key;
}

/// 0 to count - 1, shuffled when `random` is given.
inline std::vector<uint64_t> numbers(uint64_t count, Random* random) {
  std::vector<uint64_t> order(count);
  std::iota(order.begin(), order.end(), uint64_t{0});
  if (random != nullptr)
    for (uint64_t i = count; i > 1; --i) std::swap(order[i - 1], order[random->below(i)]);
  return order;
}

/// The keys of `entries`, one behind the other; `offset` 1 makes them absent ones.
class PackedKeys {
 public:
  explicit PackedKeys(const std::vector<uint64_t>& entries, uint64_t offset = 0) {
    bytes_.reserve(entries.size() * kKeySize);
    for (const uint64_t entry : entries) bytes_ += key_of(entry * 2 + offset);
  }
  Bytes operator[](size_t index) const { return Bytes(bytes_.data() + index * kKeySize, kKeySize); }
  size_t size() const { return bytes_.size() / kKeySize; }

 private:
  std::string bytes_;
};

}  // namespace wombat::micro
