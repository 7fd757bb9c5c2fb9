/// Zstandard, with dictionaries. Frames without a checksum of their own.
#pragma once

#include "codec/codec.h"

namespace wombat {

/// Lives for ever; null when this build lacks zstd.
const Codec* zstd_codec();

}  // namespace wombat
