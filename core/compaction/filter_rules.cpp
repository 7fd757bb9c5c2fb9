#include "compaction/filter_rules.h"

#include <algorithm>
#include <charconv>

namespace wombat {

namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr uint64_t kAgeMax = uint64_t{1} << 40;  // seconds

std::string_view take_word(std::string_view* text) {
  const size_t begin = std::min(text->find_first_not_of(kSpace), text->size());
  const size_t end = std::min(text->find_first_of(kSpace, begin), text->size());
  const std::string_view word = text->substr(begin, end - begin);
  text->remove_prefix(end);
  return word;
}

Status bad_rule(std::string_view rule, const std::string& what) {
  return Status::invalid_argument("filter rule \"" + escape_bytes(Bytes(rule)) + "\": " + what);
}

bool decode_prefix(std::string_view text, std::string* prefix) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      prefix->push_back(text[i]);
      continue;
    }
    unsigned byte = 0;
    if (text.size() - i < 3) return false;
    const char* const digits = text.data() + i + 1;
    const auto [end, error] = std::from_chars(digits, digits + 2, byte, 16);
    if (error != std::errc() || end != digits + 2) return false;
    prefix->push_back(static_cast<char>(byte));
    i += 2;
  }
  return true;
}

/// "drop" or "max_age_s=N".
bool read_verdict(std::string_view text, FilterRules::Verdict* verdict) {
  constexpr std::string_view kAge = "max_age_s=";
  if (text == "drop") {
    verdict->drops = true;
    return true;
  }
  if (text.substr(0, kAge.size()) != kAge) return false;
  text.remove_prefix(kAge.size());
  uint64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds > kAgeMax) return false;
  verdict->max_age_us = seconds * 1'000'000;
  return true;
}

}  // namespace

Result<FilterRules> FilterRules::parse(std::string_view text) {
  constexpr std::string_view kPrefix = "prefix=";
  FilterRules rules;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(",;"), text.size());
    const std::string_view whole = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string_view rest = whole;
    const std::string_view prefix = take_word(&rest);
    if (prefix.empty()) continue;
    const std::string_view verdict = take_word(&rest);
    Rule rule;
    if (prefix.substr(0, kPrefix.size()) != kPrefix)
      return bad_rule(whole, "expected it to begin with prefix=");
    if (!decode_prefix(prefix.substr(kPrefix.size()), &rule.prefix))
      return bad_rule(whole, "expected two hexadecimal digits behind %");
    if (!read_verdict(verdict, &rule.verdict))
      return bad_rule(whole,
                      "expected drop or max_age_s=SECONDS, found \"" + escape_bytes(Bytes(verdict)) + "\"");
    if (!take_word(&rest).empty()) return bad_rule(whole, "expected a comma behind its second word");
    const auto is_same = [&](const Rule& other) { return other.prefix == rule.prefix; };
    if (std::any_of(rules.rules_.begin(), rules.rules_.end(), is_same))
      return bad_rule(whole, "there is one for this prefix already");
    rules.rules_.push_back(std::move(rule));
  }
  std::stable_sort(rules.rules_.begin(), rules.rules_.end(),
                   [](const Rule& a, const Rule& b) { return a.prefix.size() > b.prefix.size(); });
  return rules;
}

const FilterRules::Rule* FilterRules::find(Bytes key) const {
  for (const Rule& rule : rules_)
    if (key.substr(0, rule.prefix.size()) == rule.prefix) return &rule;
  return nullptr;
}

}  // namespace wombat
