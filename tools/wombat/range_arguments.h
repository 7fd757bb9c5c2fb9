/// The arguments that say which rows a command means: --from, --to, --prefix.
#pragma once

#include "command_line.h"
#include "database.h"

namespace wombat::cli {

/// The range with its keys decoded. Throws Failure (usage).
KeyRange decoded_range(const KeyRange& range, const Settings& settings);
/// The bounds alone that say the same: a prefix becomes part of them.
KeyRange without_prefix(const KeyRange& range);

struct RangeArguments {
  std::string db;
  KeyRange range;

  void declare(Command& command) {
    command.positional("DB", &db, "Directory of the database")
        .text("--from", &range.from, "KEY", "First key", &range.has_from)
        .text("--to", &range.to, "KEY", "Key behind the last one (not included)", &range.has_to)
        .text("--prefix", &range.prefix, "KEY", "Only keys that begin with this", &range.has_prefix);
  }
  KeyRange decoded(const Settings& settings) const { return decoded_range(range, settings); }
};

/// The argument of commands that can read the past.
struct AsOfArgument {
  std::string as_of;
  bool has_as_of = false;

  void declare_as_of(Command& command) {
    command.text(
        "--as-of", &as_of, "WHEN",
        "Read what was there after a commit (its timestamp), at a time (2026-11-20T12:00:00Z) or some "
        "time ago (-10m)",
        &has_as_of);
  }
  Moment moment() const { return has_as_of ? parse_moment(as_of) : Moment(); }
};

}  // namespace wombat::cli
