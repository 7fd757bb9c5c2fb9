/// Databases that are memory of this process: their path is kMemoryPath. Each open makes a new, empty one; it is gone
/// when it is closed and the last handle that reads it is freed.
#pragma once

#include "db/environment.h"
#include "db/options.h"

namespace wombat {

inline constexpr std::string_view kMemoryPath = ":memory:";

/// Paths that begin like kMemoryPath are no directories. Those that go on behind it are refused: they may get a
/// meaning.
inline bool is_memory_path(std::string_view path) { return path.starts_with(kMemoryPath); }
/// Why such a path cannot be opened like this; OK: it can.
Status check_memory_open(std::string_view path, const Options& options);
/// `environment` with files in memory of its own.
Environment in_memory(const Environment& environment);

}  // namespace wombat
