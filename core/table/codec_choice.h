/// Which codec a table gets when nobody has said: the one whose blocks are smallest for what they cost.
#pragma once

#include <vector>

#include "codec/codec.h"

namespace wombat {

struct CodecChoice {
  CodecId codec = CodecId::kNone;
  int level = -1;
};

/// A codec is worth trying on a block when that saves at least one eighth of it.
constexpr size_t packed_size_max(size_t frame_size) { return frame_size - frame_size / 8; }

/// Tries the codecs of this build on some of `frames`, and takes the one for which the ratio (size stored to size of
/// the frames) plus the weighted cost is least. Costs are constants and not measured on the spot, so that the same
/// entries always make the same table; docs/compression.md has them and where they come from. `is_bottom`: see
/// TableOptions. kNone only when this build has no codec.
CodecChoice choose_codec(const std::vector<Bytes>& frames, bool is_bottom);

}  // namespace wombat
