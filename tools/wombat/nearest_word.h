/// What somebody may have meant who mistyped a word.
#pragma once

#include <string>
#include <vector>

namespace wombat::cli {

/// The word that is at most two changes away from `typed`, and of these the nearest; empty when there is none.
std::string nearest_word(const std::string& typed, const std::vector<std::string>& words);

}  // namespace wombat::cli
