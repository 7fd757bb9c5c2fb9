/// LZ4's block format; efforts from 3 on are those of LZ4 HC. Without a checksum of its own.
#pragma once

#include "codec/codec.h"

namespace wombat {

/// Lives for ever; null when this build lacks lz4.
const Codec* lz4_codec();

}  // namespace wombat
