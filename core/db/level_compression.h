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

}  // namespace wombat
