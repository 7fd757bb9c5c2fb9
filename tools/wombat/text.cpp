#include "text.h"

#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "failure.h"

namespace wombat::cli {

namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr char kBase64Digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Length of the UTF-8 sequence at the front of `bytes`, 0 when there is no valid one.
size_t utf8_length(Bytes bytes) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return length;
}

void append_hex_escape(unsigned char byte, std::string* out) {
  *out += "\\x";
  out->push_back(kHexDigits[byte >> 4]);
  out->push_back(kHexDigits[byte & 15]);
}

/// U+0080 to U+009F are control characters that some terminals obey.
bool is_c1_control(Bytes bytes, size_t length) {
  return length == 2 && static_cast<unsigned char>(bytes[0]) == 0xC2 &&
         static_cast<unsigned char>(bytes[1]) < 0xA0;
}

}  // namespace

void append_escaped(Bytes bytes, bool printable_only, std::string* out) {
  for (size_t i = 0; i < bytes.size();) {
    const char c = bytes[i];
    const char* short_form = c == '\t'   ? "\\t"
                             : c == '\n' ? "\\n"
                             : c == '\r' ? "\\r"
                             : c == '\\' ? "\\\\"
                                         : nullptr;
    if (short_form != nullptr) {
      *out += short_form;
      ++i;
      continue;
    }
    if (!printable_only) {
      out->push_back(c);
      ++i;
      continue;
    }
    const Bytes rest = bytes.substr(i);
    const size_t length = utf8_length(rest);
    const auto byte = static_cast<unsigned char>(c);
    if (length == 0 || byte < 0x20 || byte == 0x7F || is_c1_control(rest, length)) {
      append_hex_escape(byte, out);
      ++i;
      continue;
    }
    out->append(rest.substr(0, length));
    i += length;
  }
}

std::string escaped(Bytes bytes) {
  std::string out;
  append_escaped(bytes, true, &out);
  return out;
}

std::optional<std::string> unescape(Bytes text, std::string* problem) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const char* simple_names = "tnr\\0";
    const char simple_bytes[] = {'\t', '\n', '\r', '\\', '\0'};
    bool is_simple = false;
    for (size_t k = 0; i + 1 < text.size() && k < sizeof simple_bytes; ++k) {
      if (next == simple_names[k]) {
        out.push_back(simple_bytes[k]);
        is_simple = true;
      }
    }
    if (is_simple) {
      ++i;
      continue;
    }
    const int high = next == 'x' && i + 3 < text.size() ? hex_value(text[i + 2]) : -1;
    const int low = high >= 0 ? hex_value(text[i + 3]) : -1;
    if (low < 0) {
      *problem = "expected \\t, \\n, \\r, \\0, \\\\ or \\xNN, found '" + escaped(text.substr(i, 4)) + "'";
      return std::nullopt;
    }
    out.push_back(static_cast<char>(high << 4 | low));
    i += 3;
  }
  return out;
}

std::string to_hex(Bytes bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    out.push_back(kHexDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHexDigits[static_cast<unsigned char>(c) & 15]);
  }
  return out;
}

std::optional<std::string> from_hex(Bytes text, std::string* problem) {
  std::string out;
  if (text.size() % 2 != 0) {
    *problem = "expected an even number of hexadecimal digits, found " + std::to_string(text.size());
    return std::nullopt;
  }
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) {
      *problem = "expected hexadecimal digits, found '" + escaped(text.substr(i, 2)) + "'";
      return std::nullopt;
    }
    out.push_back(static_cast<char>(high << 4 | low));
  }
  return out;
}

std::string to_base64(Bytes bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (size_t k = 0; k < 4; ++k) {
      const bool is_padding = i + k > bytes.size();
      out.push_back(is_padding ? '=' : kBase64Digits[group >> (18 - 6 * k) & 63]);
    }
  }
  return out;
}

std::optional<std::string> from_base64(Bytes text, std::string* problem) {
  std::array<int, 256> values;
  values.fill(-1);
  for (int i = 0; i < 64; ++i) values[static_cast<unsigned char>(kBase64Digits[i])] = i;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  if (text.size() % 4 != 0) {
    *problem = "expected base64 with a length that is a multiple of 4, found " + std::to_string(text.size());
    return std::nullopt;
  }
  std::string out;
  uint32_t group = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_padding = i >= text.size() - padding;
    const int value = is_padding ? 0 : values[static_cast<unsigned char>(text[i])];
    if (value < 0) {
      *problem = "expected base64, found '" + escaped(text.substr(i, 1)) + "'";
      return std::nullopt;
    }
    group = group << 6 | static_cast<uint32_t>(value);
    if (i % 4 == 3) {
      for (const int shift : {16, 8, 0}) out.push_back(static_cast<char>(group >> shift));
      group = 0;
    }
  }
  out.resize(out.size() - padding);
  return out;
}

bool is_utf8(Bytes bytes) {
  for (size_t i = 0; i < bytes.size();) {
    if (static_cast<unsigned char>(bytes[i]) < 0x80) {
      ++i;
      continue;
    }
    const size_t length = utf8_length(bytes.substr(i));
    if (length == 0) return false;
    i += length;
  }
  return true;
}

bool is_plain_text(Bytes bytes) {
  for (size_t i = 0; i < bytes.size();) {
    const Bytes rest = bytes.substr(i);
    const size_t length = utf8_length(rest);
    const auto byte = static_cast<unsigned char>(bytes[i]);
    if (length == 0 || is_c1_control(rest, length)) return false;
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) return false;
    i += length;
  }
  return true;
}

}  // namespace wombat::cli
