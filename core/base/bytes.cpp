#include "base/bytes.h"

namespace wombat {

std::string prefix_successor(Bytes prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.remove_suffix(1);
  std::string successor(prefix);
  if (!successor.empty())
    successor.back() = static_cast<char>(static_cast<unsigned char>(successor.back()) + 1);
  return successor;
}

std::string escape_bytes(Bytes bytes, size_t size_max) {
  static constexpr char kHexDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes.substr(0, size_max)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte <= '~' && byte != '\\') {
      text.push_back(c);
    } else {
      text.append("\\x");
      text.push_back(kHexDigits[byte >> 4]);
      text.push_back(kHexDigits[byte & 15]);
    }
  }
  if (bytes.size() > size_max) text.append("...");
  return text;
}

}  // namespace wombat
