/// Bytes as text and back: escapes, hexadecimal, base64, JSON strings, numbers for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wombat::cli {

using Bytes = std::string_view;

/// How keys and values are written on the command line and shown.
enum class Encoding { kPlain, kEscaped, kHex };

/// Appends `bytes` with TAB, LF, CR and backslash as \t \n \r \\ and, where `printable_only`, all bytes that
/// are not printable ASCII or part of valid UTF-8 as \xNN. Without it only the four are touched, so that any
/// bytes stay one field of one line.
void append_escaped(Bytes bytes, bool printable_only, std::string* out);
std::string escaped(Bytes bytes);

/// Undoes append_escaped. On failure nothing is returned, `*problem` says what was expected.
std::optional<std::string> unescape(Bytes text, std::string* problem);
std::string to_hex(Bytes bytes);
std::optional<std::string> from_hex(Bytes text, std::string* problem);
std::string to_base64(Bytes bytes);
std::optional<std::string> from_base64(Bytes text, std::string* problem);

/// True when `bytes` is valid UTF-8 (no surrogates, no overlong forms, nothing beyond U+10FFFF).
bool is_utf8(Bytes bytes);
/// True when a terminal shows `bytes` as they are: valid UTF-8 without control characters, line ends and TABs
/// apart.
bool is_plain_text(Bytes bytes);

/// Appends `text`, which is valid UTF-8, as a JSON string with its quotation marks.
void append_json_string(Bytes text, std::string* out);
std::string json_string(Bytes text);
/// A JSON member for any bytes: "name":"text", or "name_base64":"..." where `bytes` is not UTF-8.
void append_json_bytes(std::string_view name, Bytes bytes, std::string* out);

/// "1,234,567".
std::string with_commas(uint64_t number);
/// "12.3 MB" (decimal units).
std::string human_bytes(double bytes);
/// "1:02:03", "2:05" or "7 s".
std::string human_seconds(double seconds);
/// "4096", "64KiB", "10k", "2MiB"; nothing for anything else.
std::optional<uint64_t> parse_size(std::string_view text);

/// Bytes of a key or value given on the command line. Throws Failure (usage) naming `what` for malformed
/// text.
std::string decode_argument(const std::string& text, Encoding encoding, const std::string& what);

}  // namespace wombat::cli
