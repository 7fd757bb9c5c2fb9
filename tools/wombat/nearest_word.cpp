#include "nearest_word.h"

#include <algorithm>

namespace wombat::cli {

namespace {

/// How many single changes lead from `a` to `b`.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string nearest_word(const std::string& typed, const std::vector<std::string>& words) {
  std::string nearest;
  size_t nearest_distance = 3;
  for (const std::string& word : words) {
    const size_t distance = edit_distance(typed, word);
    if (distance >= nearest_distance) continue;
    nearest_distance = distance;
    nearest = word;
  }
  return nearest;
}

}  // namespace wombat::cli
