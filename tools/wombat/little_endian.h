/// Numbers as they stand in packed rows and binary dumps.
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

inline void append_u64(uint64_t number, std::string* out) {
  append_u32(static_cast<uint32_t>(number), out);
  append_u32(static_cast<uint32_t>(number >> 32), out);
}

inline uint64_t load_u64(const char* bytes) { return load_u32(bytes) | uint64_t{load_u32(bytes + 4)} << 32; }

}  // namespace wombat::cli
