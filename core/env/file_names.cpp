#include "env/file_names.h"

#include <charconv>

#include "base/check.h"

namespace wombat {

namespace {

constexpr size_t kDigitsMin = 6;

struct Ending {
  FileKind kind;
  Bytes text;
};

constexpr Ending kEndings[] = {
    {FileKind::kManifest, ".manifest"},
    {FileKind::kLog, ".log"},
    {FileKind::kTable, ".table"},
    {FileKind::kValueLog, ".values"},
};

/// Only what file_name writes: no sign, no needless zero, no overflow.
std::optional<uint64_t> parse_number(Bytes digits) {
  if (digits.size() < kDigitsMin || (digits.size() > kDigitsMin && digits.front() == '0'))
    return std::nullopt;
  uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

std::string file_name(FileKind kind, uint64_t number) {
  for (const Ending& ending : kEndings) {
    if (ending.kind != kind) continue;
    std::string name = std::to_string(number);
    if (name.size() < kDigitsMin) name.insert(0, kDigitsMin - name.size(), '0');
    return name.append(ending.text);
  }
  check_failed("a kind of numbered files", __FILE__, __LINE__);
}

std::optional<FileName> parse_file_name(Bytes name) {
  for (const Ending& ending : kEndings) {
    if (!name.ends_with(ending.text)) continue;
    name.remove_suffix(ending.text.size());
    const std::optional<uint64_t> number = parse_number(name);
    if (!number) return std::nullopt;
    return FileName{ending.kind, *number};
  }
  return std::nullopt;
}

}  // namespace wombat
