#include "merge_operand.h"

#include <bit>
#include <charconv>

#include "failure.h"
#include "little_endian.h"

namespace wombat::cli {

namespace {

template <typename Number>
Number number_of(const std::string& text, const std::string& what) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc() || stopped != end) {
    throw Failure(ExitCode::kUsage, what, "'" + escaped(text) + "' is not a number that fits",
                  "give a decimal number");
  }
  return number;
}

/// The eight bytes of a number given as text.
template <typename Number>
std::string number_bytes(const std::string& text) {
  const auto bits = std::bit_cast<uint64_t>(number_of<Number>(text, "merge"));
  std::string bytes;
  append_u32(static_cast<uint32_t>(bits), &bytes);
  append_u32(static_cast<uint32_t>(bits >> 32), &bytes);
  return bytes;
}

}  // namespace

const char kMergeOperators[] =
    "int64_add, int64_min, int64_max, double_add, double_min, double_max, bytes_min, bytes_max, append, "
    "append:SEP, bit_or, set_if_absent";

std::string decode_operand(const std::string& name, const std::string& text, const Settings& settings) {
  if (settings.hex) return decode_argument(text, settings.encoding(), "operand");
  if (name.starts_with("int64_")) return number_bytes<int64_t>(text);
  if (name.starts_with("double_")) return number_bytes<double>(text);
  return decode_argument(text, settings.encoding(), "operand");
}

int64_t decode_integer(const std::string& text, const std::string& what) {
  return number_of<int64_t>(text, what);
}

}  // namespace wombat::cli
