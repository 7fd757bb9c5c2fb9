#include "codec/randomness.h"

#include <cstdint>

namespace wombat {
namespace {

/// The sample: so many pieces, evenly spread, of so many bytes.
constexpr size_t kPieceCount = 8;
constexpr size_t kPieceSize = 256;
constexpr uint32_t kValueCount = 256;

}  // namespace

bool looks_random(Bytes bytes) {
  uint32_t counts[kValueCount] = {};
  uint64_t total = 0;
  const auto count = [&](Bytes piece) {
    for (const char byte : piece) ++counts[static_cast<uint8_t>(byte)];
    total += piece.size();
  };
  if (bytes.size() <= kPieceCount * kPieceSize) {
    count(bytes);
  } else {
    for (size_t i = 0; i < kPieceCount; ++i)
      count(bytes.substr(i * (bytes.size() - kPieceSize) / (kPieceCount - 1), kPieceSize));
  }
  if (total < kValueCount) return false;  // too little to tell
  uint64_t equal_pairs = 0;
  for (const uint64_t n : counts) equal_pairs += n * (n - 1);
  // Drawn evenly, two bytes are equal in one of 256 cases. Half as often again as that is one bit a byte at the most.
  return equal_pairs * kValueCount * 2 < total * (total - 1) * 3;
}

}  // namespace wombat
