/// What wombat_codecs compresses: entries with values of 100 to 300 bytes, in the order of their keys.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wombat::micro {

struct Corpus {
  std::string name;
  std::vector<std::pair<std::string, std::string>> entries;  // key, value
};

/// Of a text: fields of a package index (`Name: value`, stanzas with empty lines between), some at a time. Keys are the
/// stanza's first value and a number. Stops at `size_max` bytes of values.
Corpus package_corpus(const std::string& text, size_t size_max);
/// Documents of people as a web service keeps them, drawn at random. Keys are numbers.
Corpus json_corpus(size_t size_max, uint64_t seed);

}  // namespace wombat::micro
