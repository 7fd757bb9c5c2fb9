#include "codec_corpus.h"

#include <algorithm>
#include <cstdio>

#include "base/random.h"

namespace wombat::micro {
namespace {

constexpr size_t kValueSizeMin = 100;
constexpr size_t kValueSizeMax = 300;

template <size_t kCount>
const char* one_of(const char* const (&words)[kCount], Random& random) {
  return words[random.below(kCount)];
}

std::string digits(uint64_t number, int width) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llu", width, static_cast<unsigned long long>(number));
  return text;
}

std::string person(uint64_t number, Random& random) {
  static const char* const kFirst[] = {"Ada",     "Grace",  "Alan",   "Edsger",
                                       "Barbara", "Donald", "Leslie", "Frances"};
  static const char* const kLast[] = {"Lovelace", "Hopper", "Turing",  "Dijkstra",
                                      "Liskov",   "Knuth",  "Lamport", "Allen"};
  static const char* const kCities[] = {"London",      "New York",  "Rotterdam",
                                        "Los Angeles", "Milwaukee", "Turin"};
  static const char* const kTags[] = {"premium", "trial", "newsletter", "beta", "blocked", "staff"};
  const std::string first = one_of(kFirst, random);
  const std::string last = one_of(kLast, random);
  std::string text = "{\"id\":" + std::to_string(number) + ",\"name\":\"" + first + " " + last +
                     "\",\"email\":\"" + first + "." + last + std::to_string(random.below(1000)) +
                     "@example.com\",\"created\":\"2026-" + digits(1 + random.below(12), 2) + "-" +
                     digits(1 + random.below(28), 2) + "T" + digits(random.below(24), 2) + ":" +
                     digits(random.below(60), 2) + ":00Z\"";
  if (random.one_in(2)) {
    text += ",\"address\":{\"street\":\"" + std::to_string(1 + random.below(300)) +
            " Main Street\",\"city\":\"" + one_of(kCities, random) + "\",\"zip\":\"" +
            digits(random.below(100000), 5) + "\"}";
  }
  text += ",\"balance\":" + std::to_string(random.below(1000000)) + ",\"tags\":[\"" + one_of(kTags, random) +
          "\"]}";
  return text;
}

}  // namespace

Corpus package_corpus(const std::string& text, size_t size_max) {
  Corpus corpus{"packages", {}};
  std::string package;
  std::string value;
  size_t part = 0;
  size_t size = 0;
  const auto emit = [&] {
    if (value.empty()) return;
    if (value.size() > kValueSizeMax) value.resize(kValueSizeMax);
    size += value.size();
    corpus.entries.emplace_back(package + "/" + digits(part++, 2), value);
    value.clear();
  };
  for (size_t at = 0; at < text.size() && size < size_max;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) {
      emit();
      package.clear();
      part = 0;
      continue;
    }
    if (package.empty()) package = line.substr(std::min(line.find(' ') + 1, line.size()));
    value += line + "\n";
    if (value.size() >= kValueSizeMin) emit();
  }
  emit();
  std::stable_sort(corpus.entries.begin(), corpus.entries.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto same = [](const auto& a, const auto& b) { return a.first == b.first; };
  corpus.entries.erase(std::unique(corpus.entries.begin(), corpus.entries.end(), same), corpus.entries.end());
  return corpus;
}

Corpus json_corpus(size_t size_max, uint64_t seed) {
  Corpus corpus{"json", {}};
  Random random(seed);
  size_t size = 0;
  for (uint64_t number = 1; size < size_max; ++number) {
    std::string value = person(number, random);
    size += value.size();
    corpus.entries.emplace_back("person:" + digits(number, 10), std::move(value));
  }
  return corpus;
}

}  // namespace wombat::micro
