/// What the command tells the shell. Documented in wombat.1 and in `wombat --help`; never renumbered.
#pragma once

#include "wombat.h"

namespace wombat::cli {

enum class ExitCode : int {
  kOk = 0,
  kNotFound = 1,
  kUsage = 2,
  kCannotOpen = 3,
  kCorruption = 4,
  kIo = 5,
  kMalformedInput = 6,
  kCancelled = 7,
  kLocked = 8,
  kInternal = 9,
};

ExitCode exit_code_of(wombat_status status);

}  // namespace wombat::cli
