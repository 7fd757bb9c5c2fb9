/// Options of a keyspace: those of the database, but for some that it has its own values of. These are kept in the
/// manifest as text, "name=value" lines.
#pragma once

#include <string>

#include "db/options.h"

namespace wombat {

/// The options that were set in `options`, as text. kInvalidArgument when one of them belongs to the whole database.
Result<std::string> keyspace_overrides(const Options& options);

/// `overrides` with one value changed.
Result<std::string> with_override(const std::string& overrides, OptionId id, std::string_view text);

}  // namespace wombat
