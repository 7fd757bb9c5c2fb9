/// The option compression.per_level: which codec the tables of each level get.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/codec.h"

namespace wombat {

struct LevelCompression {
  bool picks_codec = false;  // "auto"; the other two say nothing then
  CodecId codec = CodecId::kNone;
  int level = -1;

  bool operator==(const LevelCompression& other) const = default;
};

/// One codec: "zstd", "zstd:6", "auto", "none". kInvalidArgument for what is no codec or an effort that it does not know,
/// kUnsupported, naming it, for one that this build lacks.
Result<LevelCompression> parse_codec(std::string_view text);

/// The elements of a list with commas; none for an empty one. Spaces around elements do not count.
Result<std::vector<LevelCompression>> parse_level_compressions(std::string_view text);

/// What the tables of a level get by the texts of compression.per_level and compression.codec; `effort` is that of the
/// latter. Levels behind the end of the list are as its last.
Result<LevelCompression> compression_of_level(uint32_t level, std::string_view per_level,
                                              std::string_view codec, int effort);

}  // namespace wombat
