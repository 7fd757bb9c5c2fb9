/// A line of a script, taken apart: words as a shell makes them, flags as the command line has them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "text.h"

namespace wombat::cli {

struct ScriptWord {
  std::string text;
  bool is_quoted = false;  // somewhere; such a word is no flag
};

/// Splits at blanks. '...' and "..." are taken as they stand, blanks included, and join what they touch; # begins a
/// comment where a word would begin. Backslashes mean nothing here: they belong to --escapes. Throws Failure (malformed
/// input) naming `place`.
std::vector<ScriptWord> split_line(Bytes line, const std::string& place);

/// A flag that an operation knows.
struct ScriptFlag {
  const char* name;
  const char* short_name;  // or nullptr
  bool has_value;
};

/// What follows the name of an operation.
struct ScriptArguments {
  std::vector<std::string> positionals;
  std::map<std::string, std::string> flags;

  bool has(const std::string& flag) const { return flags.count(flag) != 0; }
  /// Its value; empty when it was not given.
  std::string value(const std::string& flag) const {
    const auto found = flags.find(flag);
    return found == flags.end() ? std::string() : found->second;
  }
};

/// The words from `words[1]` on. "--flag value" and "--flag=value" are the same; behind "--" there are no flags. `usage`
/// is for messages. Throws Failure (malformed input) naming `place`.
ScriptArguments read_arguments(const std::vector<ScriptWord>& words, const std::vector<ScriptFlag>& flags,
                               const std::string& usage, const std::string& place);

}  // namespace wombat::cli
