/// The operands of merges as people write them.
#pragma once

#include <string>

#include "settings.h"

namespace wombat::cli {

/// Operators as the help of commands lists them.
extern const char kMergeOperators[];

/// A decimal number for operators of numbers (8 bytes with --hex), else bytes in the encoding of the settings. Throws
/// Failure (usage).
std::string decode_operand(const std::string& name, const std::string& text, const Settings& settings);
/// The whole number that `text` is. Throws Failure (usage) naming `what`.
int64_t decode_integer(const std::string& text, const std::string& what);

}  // namespace wombat::cli
