/// How messages and tools show which database a file belongs to.
#pragma once

#include <string>

#include "base/checksum.h"

namespace wombat {

/// 32 hexadecimal digits.
inline std::string database_id_text(const DatabaseId& id) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : id) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace wombat
