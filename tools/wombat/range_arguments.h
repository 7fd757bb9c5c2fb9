/// The arguments that say which rows a command means: --from, --to, --prefix.
#pragma once

#include "command_line.h"
#include "database.h"

namespace wombat::cli {

struct RangeArguments {
  std::string db;
  RowReader::Range range;

  void declare(Command& command) {
    command.positional("DB", &db, "Directory of the database")
        .text("--from", &range.from, "KEY", "First key", &range.has_from)
        .text("--to", &range.to, "KEY", "Key behind the last one (not included)", &range.has_to)
        .text("--prefix", &range.prefix, "KEY", "Only keys that begin with this", &range.has_prefix);
  }

  /// The range with its keys decoded.
  RowReader::Range decoded(const Settings& settings) const {
    RowReader::Range result = range;
    result.from = decode_argument(range.from, settings.encoding(), "--from");
    result.to = decode_argument(range.to, settings.encoding(), "--to");
    result.prefix = decode_argument(range.prefix, settings.encoding(), "--prefix");
    return result;
  }
};

}  // namespace wombat::cli
