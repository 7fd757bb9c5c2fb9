/// 32-bit numbers as they stand in packed rows and binary dumps.
#pragma once

#include <cstdint>
#include <string>

namespace wombat::cli {

inline void append_u32(uint32_t number, std::string* out) {
  for (int shift = 0; shift < 32; shift += 8) out->push_back(static_cast<char>(number >> shift));
}

inline uint32_t load_u32(const char* bytes) {
  uint32_t number = 0;
  for (int i = 3; i >= 0; --i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

}  // namespace wombat::cli
