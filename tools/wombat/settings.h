/// What the global options of the command line say.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "text.h"

namespace wombat::cli {

struct Settings {
  std::vector<std::string> options;  // "NAME=VALUE", from -o
  std::string preset;
  std::string options_file;
  std::string keyspace;        // of the commands that work on rows; empty: the default one
  double timeout_seconds = 0;  // 0: none
  bool json = false;
  bool quiet = false;
  bool no_color = false;
  bool read_only = false;
  bool hex = false;
  bool escapes = false;

  Encoding encoding() const { return hex ? Encoding::kHex : escapes ? Encoding::kEscaped : Encoding::kPlain; }
  uint64_t timeout_us() const {
    return timeout_seconds <= 0     ? 0
           : timeout_seconds < 1e-6 ? 1
                                    : static_cast<uint64_t>(timeout_seconds * 1e6);
  }
};

}  // namespace wombat::cli
