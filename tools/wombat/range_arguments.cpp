#include "range_arguments.h"

namespace wombat::cli {

namespace {

/// The least text that is greater than all that begin with `prefix`; empty when there is none.
std::string end_of(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

}  // namespace

KeyRange decoded_range(const KeyRange& range, const Settings& settings) {
  KeyRange result = range;
  result.from = decode_argument(range.from, settings.encoding(), "--from");
  result.to = decode_argument(range.to, settings.encoding(), "--to");
  result.prefix = decode_argument(range.prefix, settings.encoding(), "--prefix");
  return result;
}

KeyRange without_prefix(const KeyRange& range) {
  KeyRange result = range;
  if (!range.has_prefix) return result;
  if (!range.has_from || range.from < range.prefix) {
    result.from = range.prefix;
    result.has_from = true;
  }
  const std::string end = end_of(range.prefix);
  if (!end.empty() && (!range.has_to || end < range.to)) {
    result.to = end;
    result.has_to = true;
  }
  result.has_prefix = false;
  return result;
}

}  // namespace wombat::cli
