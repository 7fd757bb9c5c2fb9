/// Deflate in zlib format. The format's own checksum (Adler-32) comes on top of that of the block.
#pragma once

#include "codec/codec.h"

namespace wombat {

/// Lives for ever; null when this build lacks zlib.
const Codec* zlib_codec();

}  // namespace wombat
