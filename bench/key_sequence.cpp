#include "key_sequence.h"

#include <cmath>

namespace wombat::bench {

bool KeyShape::can_hold(uint64_t number_count) const {
  const double base = format == KeyFormat::kBinary ? 256.0 : 10.0;
  return size_bytes > 0 &&
         std::pow(base, static_cast<double>(size_bytes)) >= static_cast<double>(number_count);
}

void KeyShape::encode(uint64_t number, char* to) const {
  if (format == KeyFormat::kDecimal) {
    for (size_t i = size_bytes; i-- > 0; number /= 10) to[i] = static_cast<char>('0' + number % 10);
    return;
  }
  const size_t width = size_bytes < 8 ? size_bytes : 8;
  for (size_t i = width; i-- > 0; number >>= 8) to[i] = static_cast<char>(number & 0xFF);
  for (size_t i = width; i < size_bytes; ++i) to[i] = '0';
}

void KeySequence::add(uint64_t number) {
  const size_t at = bytes_.size();
  bytes_.resize(at + shape_.size_bytes);
  shape_.encode(number, bytes_.data() + at);
}

}  // namespace wombat::bench
