/// The parts of text.h that make JSON and numbers for people, and read arguments.
#include <cctype>
#include <cstdio>

#include "failure.h"
#include "text.h"

namespace wombat::cli {

void append_json_string(Bytes text, std::string* out) {
  out->push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\t':
        *out += "\\t";
        break;
      case '\r':
        *out += "\\r";
        break;
      default:
        if (byte < 0x20 || byte == 0x7F) {
          char buffer[8];
          std::snprintf(buffer, sizeof buffer, "\\u%04x", byte);
          *out += buffer;
        } else {
          out->push_back(c);
        }
    }
  }
  out->push_back('"');
}

std::string json_string(Bytes text) {
  std::string out;
  append_json_string(is_utf8(text) ? text : Bytes(escaped(text)), &out);
  return out;
}

void append_json_bytes(std::string_view name, Bytes bytes, std::string* out) {
  out->push_back('"');
  out->append(name);
  if (is_utf8(bytes)) {
    *out += "\":";
    append_json_string(bytes, out);
  } else {
    *out += "_base64\":\"" + to_base64(bytes) + "\"";
  }
}

std::string with_commas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t i = digits.size(); i > 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return digits;
}

std::string human_bytes(double bytes) {
  const char* units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
  size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
    bytes /= 1000;
    ++unit;
  }
  char buffer[32];
  std::snprintf(buffer, sizeof buffer,
                unit == 0       ? "%.0f %s"
                : bytes < 99.95 ? "%.1f %s"
                                : "%.0f %s",
                bytes, units[unit]);
  return buffer;
}

std::string human_seconds(double seconds) {
  char buffer[48];
  const auto whole = static_cast<unsigned long long>(seconds < 0 ? 0 : seconds + 0.5);
  if (seconds < 9.95) {
    std::snprintf(buffer, sizeof buffer, "%.1f s", seconds < 0 ? 0 : seconds);
  } else if (whole < 60) {
    std::snprintf(buffer, sizeof buffer, "%llu s", whole);
  } else if (whole < 3600) {
    std::snprintf(buffer, sizeof buffer, "%llu:%02llu", whole / 60, whole % 60);
  } else {
    std::snprintf(buffer, sizeof buffer, "%llu:%02llu:%02llu", whole / 3600, whole / 60 % 60, whole % 60);
  }
  return buffer;
}

std::optional<uint64_t> parse_size(std::string_view text) {
  uint64_t number = 0;
  size_t i = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    const auto digit = static_cast<uint64_t>(text[i] - '0');
    if (number > (UINT64_MAX - digit) / 10) return std::nullopt;
    number = number * 10 + digit;
  }
  std::string unit;
  for (const char c : text.substr(i))
    unit.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  const struct {
    const char* name;
    uint64_t factor;
  } units[] = {{"", 1},          {"k", 1000},      {"m", 1000000},  {"g", 1000000000},
               {"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}};
  for (const auto& known : units) {
    if (unit != known.name) continue;
    if (i == 0 || number > UINT64_MAX / known.factor) return std::nullopt;
    return number * known.factor;
  }
  return std::nullopt;
}

std::string decode_argument(const std::string& text, Encoding encoding, const std::string& what) {
  if (encoding == Encoding::kPlain) return text;
  std::string problem;
  const auto bytes = encoding == Encoding::kHex ? from_hex(text, &problem) : unescape(text, &problem);
  if (!bytes) throw Failure(ExitCode::kUsage, what + " '" + escaped(text) + "'", problem);
  return *bytes;
}

}  // namespace wombat::cli
