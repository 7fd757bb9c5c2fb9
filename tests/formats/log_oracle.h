/// What damage to a log may cost. Reads the undamaged log by the byte table in docs/file_formats.md, not with
/// the engine's reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/golden_database.h"

namespace wombat {

/// When `file` is a log whose damaged bytes may be taken for a tail that was never durable: the timestamp of
/// the last commit before them, with which the history may then end. Nothing: no data may be missing.
std::optional<Timestamp> legal_end_of_history(const GoldenDatabase& golden, const std::string& file,
                                              const std::string& damaged);

/// The same for a value file, `damaged` (null: gone): commits that point to bytes which are not as they were, and are not
/// known to have been durable, may be missing, with all that followed.
std::optional<Timestamp> legal_end_without_values(const GoldenDatabase& golden, const std::string& file,
                                                  const std::string* damaged);

}  // namespace wombat
